package io.holdfast.local.states.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.Stream;

/** What is a state machine and what is not. Text blocks use single quotes for double ones. */
final class DefinitionTest {
    private static final String PASS = "'Z':{'Type':'Pass','End':true}";
    private static final String LAMBDA =
            "'Type':'Task','Resource':'arn:aws:states:::lambda:invoke','Arguments':{'FunctionName':'f'}";
    private static final String FLOW = "{'StartAt':'I','States':{'I':{'Type':'Pass','End':true}}}";

    private static List<Problem> problems(String definition) {
        return Definition.problems(definition.replace('\'', '"'));
    }

    private static String machine(String states) {
        return "{'QueryLanguage':'JSONata','StartAt':'A','States':{" + states + "}}";
    }

    /** A machine of one state A with these fields. */
    private static String one(String fields) {
        return machine("'A':{" + fields + "}");
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                // The top.
                bad("", "line 1", "No content"),
                bad("nonsense", "line 1, column", "Unrecognized token 'nonsense'"),
                bad("[]", "/", "Definition must be a valid JSON object"),
                bad("{'QueryLanguage':'JSONata'}", "/", "required: [States, StartAt]"),
                bad("{'QueryLanguage':'JSONata','States':{" + PASS + "}}", "/", "[StartAt]"),
                bad("{'QueryLanguage':'JSONata','StartAt':'A'}", "/", "[States]"),
                bad("{'QueryLanguage':'JSONata','StartAt':'A','States':{}}", "/States", "empty"),
                bad("{'QueryLanguage':'JSONata','StartAt':'A','States':[]}", "/States", "object"),
                bad(
                        "{'QueryLanguage':'JSONata','StartAt':1,'States':{" + PASS + "}}",
                        "/StartAt",
                        "string"),
                bad(machine(PASS), "/StartAt", "Missing 'StartAt' target: A"),
                bad(
                        machine("'A':{'Type':'Pass','End':true},'A':{'Type':'Fail'}"),
                        "line 1",
                        "Duplicate"),
                bad(
                        machine("'A':{'Type':'Pass','End':true}").replace("}}}", "}}}}"),
                        "line 1",
                        "Unexpected close marker"),
                bad(
                        "{'QueryLanguage':'JSONata','StartAt':'Z','States':{" + PASS + "},'Foo':1}",
                        "/Foo",
                        "'Foo' is not supported"),
                bad(
                        "{'QueryLanguage':'JSONata','StartAt':'Z','States':{"
                                + PASS
                                + "},'TimeoutSeconds':0}",
                        "/TimeoutSeconds",
                        "integer from 1"),
                bad(
                        "{'QueryLanguage':'JSONata','StartAt':'Z','States':{"
                                + PASS
                                + "},'TimeoutSeconds':'{% 1 %}'}",
                        "/TimeoutSeconds",
                        "integer"),
                bad(
                        machine(PASS).replace("{'Query", "{'Version':'2.0','Query"),
                        "/Version",
                        "should be '1.0'"),
                // The language.
                bad(
                        "{'StartAt':'Z','States':{" + PASS + "}}",
                        "/States/Z",
                        "JSONPath (the default)"),
                bad(
                        "{'QueryLanguage':'JSONPath','StartAt':'Z','States':{" + PASS + "}}",
                        "/States/Z",
                        "JSONPath (the default)"),
                bad(
                        "{'QueryLanguage':'XPath','StartAt':'Z','States':{" + PASS + "}}",
                        "/QueryLanguage",
                        "should be 'JSONPath' or 'JSONata'"),
                bad(
                        one("'Type':'Pass','End':true,'QueryLanguage':'JSONPath'"),
                        "/States/A/QueryLanguage",
                        "can not be 'JSONPath'"),
                bad(
                        one("'Type':'Pass','End':true,'InputPath':'$'"),
                        "/States/A/InputPath",
                        "JSONPath field"),
                bad(
                        one("'Type':'Pass','End':true,'Parameters':{}"),
                        "/States/A/Parameters",
                        "JSONPath field"),
                bad(
                        one("'Type':'Pass','End':true,'Result':1"),
                        "/States/A/Result",
                        "JSONPath field"),
                bad(
                        one("'Type':'Pass','End':true,'ResultPath':'$.x'"),
                        "/States/A/ResultPath",
                        "JSONPath field"),
                bad(
                        one("'Type':'Pass','End':true,'OutputPath':'$'"),
                        "/States/A/OutputPath",
                        "JSONPath field"),
                bad(
                        one(LAMBDA + ",'End':true,'ResultSelector':{}"),
                        "/States/A/ResultSelector",
                        "JSONPath field"),
                bad(
                        one("'Type':'Wait','SecondsPath':'$.s','End':true"),
                        "/States/A/SecondsPath",
                        "JSONPath field"),
                bad(
                        one("'Type':'Fail','ErrorPath':'$.e'"),
                        "/States/A/ErrorPath",
                        "JSONPath field"),
                // Any state.
                bad(machine("'A':1"), "/States/A", "Expected an object"),
                bad(one("'End':true"), "/States/A", "required: [Type]"),
                bad(
                        one("'Type':'Loop','End':true"),
                        "/States/A/Type",
                        "should have one of these values"),
                bad(one("'Type':'Pass'"), "/States/A", "Exactly one of 'Next' and 'End: true'"),
                bad(one("'Type':'Pass','End':false"), "/States/A", "Exactly one of"),
                bad(
                        machine("'A':{'Type':'Pass','Next':'Z','End':true}," + PASS),
                        "/States/A",
                        "Exactly one of"),
                bad(one("'Type':'Pass','End':'true'"), "/States/A/End", "boolean"),
                bad(one("'Type':'Pass','Next':'B'"), "/States/A/Next", "Missing 'Next' target: B"),
                bad(
                        machine("'A':{'Type':'Pass','End':true}," + PASS),
                        "/States/Z",
                        "not reachable"),
                bad(
                        one("'Type':'Pass','End':true,'Foo':1"),
                        "/States/A/Foo",
                        "'Foo' is not supported"),
                bad(one("'Type':'Pass','End':true,'Comment':1"), "/States/A/Comment", "string"),
                bad(one("'Type':'Succeed','End':true"), "/States/A/End", "not supported"),
                bad(one("'Type':'Fail','Next':'Z'"), "/States/A/Next", "not supported"),
                bad(one("'Type':'Succeed','Assign':{}"), "/States/A/Assign", "not supported"),
                bad(one("'Type':'Pass','End':true,'Retry':[]"), "/States/A/Retry", "not supported"),
                bad(
                        machine("'" + "n".repeat(81) + "':{'Type':'Pass','End':true}"),
                        "/States/nnn",
                        "80 characters"),
                // Expressions.
                bad(
                        one("'Type':'Pass','End':true,'Output':'{% 1 + %}'"),
                        "/States/A/Output",
                        "does not parse"),
                bad(
                        one("'Type':'Pass','End':true,'Output':'{%%}'"),
                        "/States/A/Output",
                        "does not parse"),
                bad(
                        one("'Type':'Pass','End':true,'Output':{'a':[1,'{% ( %}']}"),
                        "/States/A/Output/a[1]",
                        "does not parse"),
                bad(
                        one("'Type':'Pass','End':true,'Output':'{% 1'"),
                        "/States/A/Output",
                        "must start with"),
                bad(
                        one("'Type':'Pass','End':true,'Output':'1 %}'"),
                        "/States/A/Output",
                        "must start with"),
                bad(
                        one("'Type':'Pass','End':true,'Output':'{% $states.result %}'"),
                        "/States/A/Output",
                        "$states.result is not available"),
                bad(
                        one("'Type':'Pass','End':true,'Output':'{% $states.errorOutput %}'"),
                        "/States/A/Output",
                        "$states.errorOutput is not available"),
                bad(
                        one(LAMBDA.replace("'f'", "'{% $states.result.f %}'") + ",'End':true"),
                        "/States/A/Arguments/FunctionName",
                        "$states.result"),
                // Variables.
                bad(
                        one("'Type':'Pass','End':true,'Assign':'{% {} %}'"),
                        "/States/A/Assign",
                        "object"),
                bad(
                        one("'Type':'Pass','End':true,'Assign':{'a.b':1}"),
                        "/States/A/Assign/a.b",
                        "valid variable name"),
                bad(
                        one("'Type':'Pass','End':true,'Assign':{'a[0]':1}"),
                        "/States/A/Assign/a[0]",
                        "valid variable name"),
                bad(
                        one("'Type':'Pass','End':true,'Assign':{'$a':1}"),
                        "/States/A/Assign/$a",
                        "valid variable name"),
                bad(
                        one("'Type':'Pass','End':true,'Assign':{'states':1}"),
                        "/States/A/Assign/states",
                        "valid variable name"),
                bad(
                        one("'Type':'Pass','End':true,'Assign':{'" + "v".repeat(81) + "':1}"),
                        "/States/A/Assign/vv",
                        "valid variable name"),
                bad(
                        machine(
                                "'A':{'Type':'Pass','Assign':{'x':1},'Next':'M'},'M':{'Type':'Map','End':true,'ItemProcessor':{'StartAt':'I','States':{'I':{'Type':'Pass','Assign':{'x':2},'End':true}}}}"),
                        "/States/M/ItemProcessor/States/I/Assign/x",
                        "outer scope"),
                bad(
                        machine(
                                "'A':{'Type':'Parallel','Assign':{'x':1},'End':true,'Branches':[{'StartAt':'I','States':{'I':{'Type':'Pass','Assign':{'x':2},'End':true}}}]}"),
                        "/States/A/Branches[0]/States/I/Assign/x",
                        "outer scope"),
                // Tasks.
                bad(one("'Type':'Task','End':true"), "/States/A", "required: [Resource]"),
                bad(
                        one("'Type':'Task','Resource':'hello','End':true"),
                        "/States/A/Resource",
                        "not a valid ARN"),
                bad(
                        one(
                                "'Type':'Task','Resource':'arn:aws:states:::dynamodb:putItem','End':true"),
                        "/States/A/Resource",
                        "not supported"),
                bad(
                        one(
                                "'Type':'Task','Resource':'arn:aws:states:::lambda:invoke.sync','End':true"),
                        "/States/A/Resource",
                        "not supported"),
                bad(
                        one("'Type':'Task','Resource':'{% $r %}','End':true"),
                        "/States/A/Resource",
                        "not a valid ARN"),
                bad(
                        one("'Type':'Task','Resource':'arn:aws:states:::lambda:invoke','End':true"),
                        "/States/A/Arguments",
                        "'FunctionName' is required"),
                bad(
                        one(
                                "'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage','Arguments':{'QueueUrl':'q'},'End':true"),
                        "/States/A/Arguments",
                        "'MessageBody' is required"),
                bad(
                        one(
                                "'Type':'Task','Resource':'arn:aws:states:::lambda:invoke','Arguments':{'FunctionName':'f','Foo':1},'End':true"),
                        "/States/A/Arguments/Foo",
                        "'Foo' is not supported"),
                bad(
                        one(
                                "'Type':'Task','Resource':'arn:aws:states:::states:startExecution','Arguments':[],'End':true"),
                        "/States/A/Arguments",
                        "object"),
                bad(
                        one(LAMBDA + ",'End':true,'TimeoutSeconds':0"),
                        "/States/A/TimeoutSeconds",
                        "number from 1"),
                bad(
                        one(LAMBDA + ",'End':true,'TimeoutSeconds':1.5"),
                        "/States/A/TimeoutSeconds",
                        "number from 1"),
                bad(
                        one(LAMBDA + ",'End':true,'TimeoutSeconds':'5'"),
                        "/States/A/TimeoutSeconds",
                        "number"),
                bad(
                        one(LAMBDA + ",'End':true,'HeartbeatSeconds':-1"),
                        "/States/A/HeartbeatSeconds",
                        "number from 1"),
                bad(
                        one(LAMBDA + ",'End':true,'TimeoutSeconds':5,'HeartbeatSeconds':5"),
                        "/States/A/HeartbeatSeconds",
                        "smaller"),
                // Retry and Catch.
                bad(one(LAMBDA + ",'End':true,'Retry':{}"), "/States/A/Retry", "array"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{}]"),
                        "/States/A/Retry[0]",
                        "required: [ErrorEquals]"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{'ErrorEquals':[]}]"),
                        "/States/A/Retry[0]/ErrorEquals",
                        "empty"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{'ErrorEquals':'States.ALL'}]"),
                        "/States/A/Retry[0]/ErrorEquals",
                        "array"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{'ErrorEquals':[1]}]"),
                        "/States/A/Retry[0]/ErrorEquals",
                        "strings"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{'ErrorEquals':['States.ALL','E']}]"),
                        "/States/A/Retry[0]/ErrorEquals",
                        "alone"),
                bad(
                        one(
                                LAMBDA
                                        + ",'End':true,'Retry':[{'ErrorEquals':['States.ALL']},{'ErrorEquals':['E']}]"),
                        "/States/A/Retry[0]/ErrorEquals",
                        "last"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{'ErrorEquals':['States.Oops']}]"),
                        "/States/A/Retry[0]/ErrorEquals",
                        "no error of the language"),
                bad(
                        one(
                                LAMBDA
                                        + ",'End':true,'Retry':[{'ErrorEquals':['E'],'IntervalSeconds':0}]"),
                        "/States/A/Retry[0]/IntervalSeconds",
                        "integer from 1"),
                bad(
                        one(
                                LAMBDA
                                        + ",'End':true,'Retry':[{'ErrorEquals':['E'],'IntervalSeconds':'{%"
                                        + " 1 %}'}]"),
                        "/States/A/Retry[0]/IntervalSeconds",
                        "integer"),
                bad(
                        one(
                                LAMBDA
                                        + ",'End':true,'Retry':[{'ErrorEquals':['E'],'MaxAttempts':-1}]"),
                        "/States/A/Retry[0]/MaxAttempts",
                        "integer from 0"),
                bad(
                        one(
                                LAMBDA
                                        + ",'End':true,'Retry':[{'ErrorEquals':['E'],'BackoffRate':0.5}]"),
                        "/States/A/Retry[0]/BackoffRate",
                        "at least 1.0"),
                bad(
                        one(
                                LAMBDA
                                        + ",'End':true,'Retry':[{'ErrorEquals':['E'],'JitterStrategy':'HALF'}]"),
                        "/States/A/Retry[0]/JitterStrategy",
                        "FULL"),
                bad(
                        one(LAMBDA + ",'End':true,'Retry':[{'ErrorEquals':['E'],'Next':'A'}]"),
                        "/States/A/Retry[0]/Next",
                        "not supported"),
                bad(
                        one(LAMBDA + ",'End':true,'Catch':[{'ErrorEquals':['E']}]"),
                        "/States/A/Catch[0]",
                        "required: [Next]"),
                bad(
                        one(LAMBDA + ",'End':true,'Catch':[{'ErrorEquals':['E'],'Next':'B'}]"),
                        "/States/A/Catch[0]/Next",
                        "Missing 'Next' target: B"),
                bad(
                        machine(
                                "'A':{"
                                        + LAMBDA
                                        + ",'End':true,'Catch':[{'ErrorEquals':['States.ALL'],'Next':'Z'},{'ErrorEquals':['E'],'Next':'Z'}]},"
                                        + PASS),
                        "/States/A/Catch[0]/ErrorEquals",
                        "last"),
                bad(
                        machine(
                                "'A':{"
                                        + LAMBDA
                                        + ",'End':true,'Catch':[{'ErrorEquals':['E'],'Next':'Z','ResultPath':'$'}]},"
                                        + PASS),
                        "/States/A/Catch[0]/ResultPath",
                        "JSONPath field"),
                bad(
                        machine(
                                "'A':{"
                                        + LAMBDA
                                        + ",'End':true,'Catch':[{'ErrorEquals':['E'],'Next':'Z','Output':'{%"
                                        + " $states.result %}'}]},"
                                        + PASS),
                        "/States/A/Catch[0]/Output",
                        "$states.result"),
                // Choice.
                bad(one("'Type':'Choice'"), "/States/A", "required: [Choices]"),
                bad(one("'Type':'Choice','Choices':[]"), "/States/A/Choices", "empty"),
                bad(
                        one("'Type':'Choice','Choices':[{'Next':'A'}]"),
                        "/States/A/Choices[0]",
                        "required: [Condition]"),
                bad(
                        one("'Type':'Choice','Choices':[{'Condition':'{% true %}'}]"),
                        "/States/A/Choices[0]",
                        "required: [Next]"),
                bad(
                        one("'Type':'Choice','Choices':[{'Condition':'yes','Next':'A'}]"),
                        "/States/A/Choices[0]/Condition",
                        "boolean"),
                bad(
                        one("'Type':'Choice','Choices':[{'Condition':'{% true %}','Next':'B'}]"),
                        "/States/A/Choices[0]/Next",
                        "Missing 'Next' target: B"),
                bad(
                        one(
                                "'Type':'Choice','Choices':[{'Condition':'{% true"
                                        + " %}','Next':'A'}],'Default':'B'"),
                        "/States/A/Default",
                        "Missing 'Next' target: B"),
                bad(
                        one(
                                "'Type':'Choice','Choices':[{'Variable':'$.x','Condition':'{% true"
                                        + " %}','Next':'A'}]"),
                        "/States/A/Choices[0]/Variable",
                        "JSONPath field"),
                bad(
                        one(
                                "'Type':'Choice','Choices':[{'Condition':'{% true"
                                        + " %}','Next':'A'}],'End':true"),
                        "/States/A/End",
                        "not supported"),
                // Wait.
                bad(
                        one("'Type':'Wait','End':true"),
                        "/States/A",
                        "Exactly one of 'Seconds' and 'Timestamp'"),
                bad(
                        one(
                                "'Type':'Wait','Seconds':1,'Timestamp':'2026-01-01T00:00:00Z','End':true"),
                        "/States/A",
                        "Exactly one of"),
                bad(
                        one("'Type':'Wait','Seconds':-1,'End':true"),
                        "/States/A/Seconds",
                        "number from 0"),
                bad(
                        one("'Type':'Wait','Seconds':1.5,'End':true"),
                        "/States/A/Seconds",
                        "number from 0"),
                bad(
                        one("'Type':'Wait','Seconds':100000000,'End':true"),
                        "/States/A/Seconds",
                        "99999999"),
                bad(
                        one("'Type':'Wait','Timestamp':'tomorrow','End':true"),
                        "/States/A/Timestamp",
                        "ISO-8601"),
                bad(
                        one("'Type':'Wait','Timestamp':'2026-01-01T00:00:00','End':true"),
                        "/States/A/Timestamp",
                        "ISO-8601"),
                bad(one("'Type':'Wait','Timestamp':1,'End':true"), "/States/A/Timestamp", "string"),
                // Parallel and Map.
                bad(one("'Type':'Parallel','End':true"), "/States/A", "required: [Branches]"),
                bad(
                        one("'Type':'Parallel','Branches':[],'End':true"),
                        "/States/A/Branches",
                        "empty"),
                bad(
                        one("'Type':'Parallel','Branches':[{}],'End':true"),
                        "/States/A/Branches[0]",
                        "required: [States, StartAt]"),
                bad(
                        one(
                                "'Type':'Parallel','Branches':[{'StartAt':'I','States':{'I':{'Type':'Pass','Next':'A'}}}],'End':true"),
                        "/States/A/Branches[0]/States/I/Next",
                        "Missing 'Next' target: A"),
                bad(
                        one("'Type':'Parallel','Branches':[" + FLOW + "," + FLOW + "],'End':true"),
                        "/States/A/Branches[1]/States/I",
                        "Duplicate State name: I"),
                bad(machine("'A':{'Type':'Pass','Next':'A'}"), "/States", "no terminal state"),
                bad(
                        one(
                                "'Type':'Parallel','End':true,'Branches':[{'StartAt':'I','States':{'I':{'Type':'Wait','Seconds':1,'Next':'I'}}}]"),
                        "/States/A/Branches[0]/States",
                        "no terminal state"),
                bad(
                        machine(
                                "'A':{'Type':'Parallel','Next':'B','Branches':[{'StartAt':'I','States':{'I':{'Type':'Pass','Assign':{'x':1},'End':true}}}]},"
                                    + "'B':{"
                                        + LAMBDA
                                        + ",'End':true,'Catch':[{'ErrorEquals':['E'],'Assign':{'x':1},'Next':'A'}]}"),
                        "/States/A/Branches[0]/States/I/Assign/x",
                        "outer scope"),
                bad(one("'Type':'Map','End':true"), "/States/A", "required: [ItemProcessor]"),
                bad(
                        one("'Type':'Map','End':true,'Iterator':" + FLOW),
                        "/States/A/Iterator",
                        "JSONPath field"),
                bad(
                        one("'Type':'Map','End':true,'Items':'x','ItemProcessor':" + FLOW),
                        "/States/A/Items",
                        "array"),
                bad(
                        one("'Type':'Map','End':true,'Items':{},'ItemProcessor':" + FLOW),
                        "/States/A/Items",
                        "array"),
                bad(
                        one("'Type':'Map','End':true,'ItemsPath':'$','ItemProcessor':" + FLOW),
                        "/States/A/ItemsPath",
                        "JSONPath field"),
                bad(
                        one("'Type':'Map','End':true,'MaxConcurrency':-1,'ItemProcessor':" + FLOW),
                        "/States/A/MaxConcurrency",
                        "number from 0"),
                bad(
                        one(
                                "'Type':'Map','End':true,'ToleratedFailurePercentage':101,'ItemProcessor':"
                                        + FLOW),
                        "/States/A/ToleratedFailurePercentage",
                        "number from 0 to 100"),
                bad(
                        one("'Type':'Map','End':true,'ItemReader':{},'ItemProcessor':" + FLOW),
                        "/States/A/ItemReader",
                        "Distributed"),
                bad(
                        one(
                                "'Type':'Map','End':true,'ItemProcessor':"
                                        + FLOW.replace(
                                                "{'StartAt'",
                                                "{'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},'StartAt'")),
                        "/States/A/ItemProcessor/ProcessorConfig/Mode",
                        "Distributed"));
    }

    private static Arguments bad(String definition, String location, String message) {
        return Arguments.of(definition, location, message);
    }

    @ParameterizedTest
    @MethodSource("bad")
    void refusesWhatIsNoStateMachineAndSaysWhere(
            String definition, String location, String message) {
        assertThat(problems(definition))
                .anySatisfy(
                        problem -> {
                            assertThat(problem.location()).startsWith(location);
                            assertThat(problem.message()).contains(message);
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Every state type with every field that it may have.
                "'A':{'Type':'Pass','Comment':'c','QueryLanguage':'JSONata','Assign':{'x':1,'Ünï_1':2},'Output':null,'End':true}",
                "'A':{'Type':'Wait','Seconds':0,'Assign':{},'Output':1,'End':true}",
                "'A':{'Type':'Wait','Seconds':'{% 1 %}','End':true}",
                "'A':{'Type':'Wait','Timestamp':'2026-01-01T00:00:00.123+02:00','End':true}",
                "'A':{'Type':'Wait','Timestamp':'{% $now() %}','End':true}",
                "'A':{'Type':'Succeed','Output':{}}",
                "'A':{'Type':'Fail','Error':'{% $e %}','Cause':'c'}",
                "'A':{'Type':'Fail'}",
                "'A':{'Type':'Choice','Choices':[{'Comment':'c','Condition':true,'Assign':{'x':1},'Output':2,'Next':'Z'}],'Assign':{'x':3},'Output':4},'Z':{'Type':'Succeed'}",
                "'A':{'Type':'Task','Resource':'arn:aws:lambda:eu-central-1:000000000000:function:f:live','End':true}",
                "'A':{'Type':'Task','Resource':'arn:aws:states:::lambda:invoke.waitForTaskToken','Arguments':'{%"
                    + " $args %}','TimeoutSeconds':'{% $t"
                    + " %}','HeartbeatSeconds':2,'Credentials':{'RoleArn':'r'},'End':true}",
                "'A':{'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage.waitForTaskToken','Arguments':{'QueueUrl':'q','MessageBody':{},'MessageGroupId':'g'},'End':true}",
                "'A':{'Type':'Task','Resource':'arn:aws:states:::states:startExecution.sync:2','Arguments':{'StateMachineArn':'s','Input':{},'Name':'n'},'Retry':[],'Catch':[],'End':true}",
                "'A':{'Type':'Task','Resource':'arn:aws-cn:states:::states:startExecution','Arguments':{'StateMachineArn':'s'},'End':true,"
                    + "'Retry':[{'Comment':'c','ErrorEquals':['A','States.Timeout'],'IntervalSeconds':1,'MaxAttempts':0,'BackoffRate':1,'MaxDelaySeconds':2,'JitterStrategy':'NONE'},{'ErrorEquals':['States.ALL']}],'Catch':[{'ErrorEquals':['States.ALL'],'Assign':{'e':'{%"
                    + " $states.errorOutput %}'},'Output':'{% $states.errorOutput.Error"
                    + " %}','Next':'A'}]}",
                "'A':{'Type':'Parallel','Arguments':1,'Branches':[{'Comment':'c','QueryLanguage':'JSONata','StartAt':'I','States':{'I':{'Type':'Pass','End':true}}}],'Output':'{%"
                    + " $states.result %}','End':true}",
                "'A':{'Type':'Map','Items':[1],'ItemSelector':{'v':'{%"
                    + " $states.context.Map.Item.Value %}'},'MaxConcurrency':'{% 1"
                    + " %}','ToleratedFailureCount':1,'ToleratedFailurePercentage':1.5,"
                    + "'ItemProcessor':{'ProcessorConfig':{'Mode':'INLINE'},'StartAt':'I','States':{'I':{'Type':'Pass','End':true}}},'End':true}",
                // The same variable in two branches; a loop; a word in a string literal.
                "'A':{'Type':'Parallel','End':true,'Branches':[{'StartAt':'I','States':{'I':{'Type':'Pass','Assign':{'x':1},'End':true}}},{'StartAt':'J','States':{'J':{'Type':'Pass','Assign':{'x':1},'End':true}}}]}",
                "'A':{'Type':'Pass','Next':'B'},'B':{'Type':'Choice','Choices':[{'Condition':false,'Next':'C'}],'Default':'A'},'C':{'Type':'Fail'}",
                // Recorded from AWS: the state's own catcher may assign what a branch assigns.
                "'A':{'Type':'Parallel','Branches':[{'StartAt':'I','States':{'I':{'Type':'Pass','Assign':{'x':1},'End':true}}}],'End':true,'Catch':[{'ErrorEquals':['States.ALL'],'Assign':{'x':2},'Next':'Z'}]},'Z':{'Type':'Succeed'}",
                "'A':{'Type':'Pass','Output':'{% \\'$states.result\\' %}','End':true}",
            })
    void acceptsWhatTheLanguageAllows(String states) {
        String definition = machine(states).replace("\\'", "\u0001").replace('\'', '"');

        assertThatCode(() -> Definition.parse(definition.replace('\u0001', '\'')))
                .doesNotThrowAnyException();
    }

    @Test
    void namesEveryFaultAtOnce() {
        assertThat(problems(one("'Type':'Pass','Foo':1,'Output':'{% ( %}'")))
                .extracting(Problem::location)
                .containsExactlyInAnyOrder("/States/A", "/States/A/Foo", "/States/A/Output");
    }

    @Test
    void acceptsALanguageSetStateByState() {
        assertThat(
                        problems(
                                "{'StartAt':'A','States':{'A':{'Type':'Pass','QueryLanguage':'JSONata','End':true}}}"))
                .isEmpty();
        assertThat(
                        problems(
                                "{'QueryLanguage':'JSONPath','StartAt':'A','States':{'A':{'Type':'Pass','QueryLanguage':'JSONata','End':true}}}"))
                .isEmpty();
    }

    @Test
    void namesFaultsByTheServicesCodes() {
        assertThat(problems(machine("'A':{'Type':'Pass','Next':'A'}")))
                .extracting(Problem::code)
                .containsExactly("MISSING_END_STATE");
        assertThat(
                        problems(
                                one(
                                        "'Type':'Parallel','Branches':["
                                                + FLOW
                                                + ","
                                                + FLOW
                                                + "],'End':true")))
                .extracting(Problem::code)
                .containsExactly("DUPLICATE_STATE_NAME");
        assertThat(
                        problems(
                                "{'QueryLanguage':'JSONata','StartAt':'','States':{'':{'Type':'Fail'}}}"))
                .extracting(Problem::code)
                .containsExactly("INVALID_STATE_NAME");
    }
}
