package io.holdfast.local.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Intrinsic functions, in both forms, as the CloudFormation user guide defines them. */
class ExpressionsTest {
    private static final String HEAD =
            """
            Parameters:
              Stage: {Type: String, Default: test}
              Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
              Size: {Type: Number, Default: 3}
            Mappings:
              Sizes:
                test: {memory: 512, names: [x, y]}
            Conditions:
              IsTest: !Equals [!Ref Stage, test]
              IsLive: !Not [!Condition IsTest]
              Both: !And [!Condition IsTest, !Condition IsLive]
              Either: !Or [!Condition IsTest, !Condition IsLive]
              IsThree: !Equals [!Ref Size, 3]
            """;

    private static final String RESOURCES =
            """
              Jobs:
                Type: AWS::SQS::Queue
              Named:
                Type: AWS::SQS::Queue
                Properties: {QueueName: !Sub "${Stage}-jobs"}
              Things:
                Type: AWS::DynamoDB::Table
                Properties: {KeySchema: [{AttributeName: pk, KeyType: HASH}]}
              Machine:
                Type: AWS::StepFunctions::StateMachine
                Properties: {StateMachineName: !Sub "${AWS::StackName}-m", DefinitionString: "{}"}
              Cache:
                Type: AWS::ElastiCache::ServerlessCache
                Properties: {Engine: valkey}
              Nightly:
                Type: AWS::Scheduler::Schedule
                Properties:
                  ScheduleExpression: rate(1 day)
                  FlexibleTimeWindow: {Mode: "OFF"}
                  Target: {Arn: !GetAtt Probe.Arn, RoleArn: !GetAtt ProbeRole.Arn}
              Socket:
                Type: AWS::ApiGatewayV2::Api
                Properties:
                  Name: s
                  ProtocolType: WEBSOCKET
                  RouteSelectionExpression: $request.body.type
              Absent:
                Type: AWS::SQS::Queue
                Condition: IsLive
            """;

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    plain                                             | plain
                    1769                                              | 1769
                    0012                                              | 0012
                    1.50                                              | 1.50
                    true                                              | true
                    2012-10-17                                        | 2012-10-17
                    "quoted ${Stage}"                                 | quoted ${Stage}
                    !Ref Stage                                        | test
                    {Ref: Stage}                                      | test
                    !Ref Size                                         | 3
                    !Ref AWS::Region                                  | us-east-1
                    !Ref AWS::AccountId                               | 000000000000
                    !Ref AWS::NoValue                                 | <absent>
                    !Sub "${Stage}-${AWS::StackName}"                 | test-holdfast
                    !Sub "${!Stage} is ${Stage}"                      | ${Stage} is test
                    !Sub ["${a}-${Stage}", {a: !Ref AWS::Partition}]  | aws-test
                    {"Fn::Sub": "${Stage}"}                           | test
                    !Sub "${Probe.Arn}:1"                             | arn:aws:lambda:us-east-1:000000000000:function:Probe:1
                    !Join ["-", [a, !Ref Stage, b]]                   | a-test-b
                    !Join ["", !Ref Zones]                            | abc
                    !Select [1, !Ref Zones]                           | b
                    !Select [0, !Split [".", "x.y"]]                  | x
                    !If [IsTest, yes-it-is, no]                       | yes-it-is
                    !If [IsLive, live, !Ref AWS::NoValue]             | <absent>
                    !If [Both, 1, 2]                                  | 2
                    !If [Either, 1, 2]                                | 1
                    !If [IsThree, 1, 2]                               | 1
                    !FindInMap [Sizes, !Ref Stage, memory]            | 512
                    !Select [1, !FindInMap [Sizes, test, names]]      | y
                    !FindInMap [Sizes, none, x, {DefaultValue: 9}]    | 9
                    !Base64 hi                                        | aGk=
                    {"Fn::Length": [1, 2]}                            | 2
                    !Select [0, !GetAZs ""]                           | us-east-1a
                    !Ref Jobs                                         | http://127.0.0.1:9324/000000000000/Jobs
                    !GetAtt Jobs.Arn                                  | arn:aws:sqs:us-east-1:000000000000:Jobs
                    !GetAtt Named.QueueName                           | test-jobs
                    !GetAtt [Named, QueueUrl]                         | http://127.0.0.1:9324/000000000000/test-jobs
                    !Ref Things                                       | Things
                    !GetAtt Things.Arn                                | arn:aws:dynamodb:us-east-1:000000000000:table/Things
                    !Ref Machine                                      | arn:aws:states:us-east-1:000000000000:stateMachine:holdfast-m
                    !GetAtt Machine.Name                              | holdfast-m
                    !Ref Probe                                        | Probe
                    !GetAtt Cache.Endpoint.Address                    | 127.0.0.1
                    !Sub "${Cache.Endpoint.Port}"                     | 6380
                    !GetAtt Nightly.Arn                               | arn:aws:scheduler:us-east-1:000000000000:schedule/default/Nightly
                    !GetAtt ProbeRole.Arn                             | arn:aws:iam::000000000000:role/ProbeRole
                    !GetAtt Socket.ApiEndpoint                        | ws://127.0.0.1:8080
                    !Ref Socket                                       | Socket
                    """)
    void evaluates(String expression, String value) {
        assertThat(Templates.value(HEAD, expression, RESOURCES)).isEqualTo(value);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    !Ref Nobody                        | Nobody is neither a parameter nor a resource
                    !GetAtt Nobody.Arn                 | Nobody is neither a parameter nor a resource
                    !Sub "${Nobody.Arn}"               | Nobody is neither a parameter nor a resource
                    !GetAtt Jobs                       | Fn::GetAtt needs a resource and an attribute
                    !GetAtt Jobs.Colour                | Jobs.Colour is not understood here (AWS::SQS::Queue)
                    !Ref Absent                        | Absent does not exist, for its condition does not hold
                    !Ref AWS::Moon                     | AWS::Moon is not understood here
                    !If [Nobody, 1, 2]                 | the condition Nobody is not declared
                    !Select [7, !Ref Zones]            | Fn::Select asks for item 7 of 3
                    !FindInMap [Sizes, none, memory]   | Mappings has no Sizes.none.memory
                    !ImportValue other                 | imports other of another stack
                    !Sub "${Zones}"                    | ${Zones} is a list, not a text
                    !Ref Zones                         | must be a text
                    !Join [",", text]                  | needs a list
                    {"Fn::Cidr": [1, 2, 3]}            | Fn::Cidr is not understood here
                    """)
    void refuses(String expression, String sentence) {
        assertThatThrownBy(() -> Templates.value(HEAD, expression, RESOURCES))
                .isInstanceOf(TemplateException.class)
                .hasMessageStartingWith("template.yaml:")
                .hasMessageContaining("Probe.Properties.Environment.Variables.V: ")
                .hasMessageContaining(sentence)
                .hasMessageNotContaining("\n");
    }

    @Test
    void namesAConditionThatDependsOnItself() {
        assertThatThrownBy(
                        () ->
                                Templates.value(
                                        "Conditions:\n  A: !Not [!Condition A]\n",
                                        "!If [A, 1, 2]",
                                        ""))
                .hasMessage("template.yaml:2: Conditions.A: depends on itself");
    }
}
