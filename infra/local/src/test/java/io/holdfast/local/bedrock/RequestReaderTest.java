package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class RequestReaderTest {
    private static final String CALL = "{'toolUse':{'toolUseId':'t1','name':'weather','input':{}}}";
    private static final String RESULT =
            "{'toolResult':{'toolUseId':'t1','content':[{'text':'ok'}]}}";

    private static String refusal(Conversation conversation) {
        ModelFailure failure = catchThrowableOfType(ModelFailure.class, conversation::request);
        assertThat(failure).as("accepted").isNotNull();
        assertThat(failure.fault()).isEqualTo(Fault.VALIDATION);
        return String.valueOf(failure.getMessage());
    }

    private static Conversation hello() {
        return new Conversation().user("hello");
    }

    private static Conversation called() {
        return new Conversation().tool("weather").user("hello").blocks("assistant", CALL);
    }

    @Test
    void takesAWholeConversationWithTools() {
        assertThatCode(called().blocks("user", RESULT)::request).doesNotThrowAnyException();
    }

    @Test
    void wantsAlternatingRolesFromUserToUser() {
        assertThat(refusal(new Conversation())).contains("must start with a user message");
        assertThat(refusal(new Conversation().assistant("hi").user("hello")))
                .contains("must start with a user message");
        assertThat(refusal(hello().user("again"))).contains("must alternate");
        assertThat(refusal(hello().assistant("hi"))).contains("must end with a user message");
        assertThat(refusal(new Conversation().blocks("system", "{'text':'a'}")))
                .contains("messages.0.role");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \\n "})
    void wantsNoBlankText(String blank) {
        assertThat(refusal(new Conversation().blocks("user", "{'text':'" + blank + "'}")))
                .isEqualTo(
                        "The text field in the ContentBlock object at messages.0.content.0 is"
                                + " blank. Add text to the text field, and try again.");
    }

    @Test
    void wantsContentInEveryMessage() {
        assertThat(refusal(new Conversation().blocks("user")))
                .startsWith("The content field in the Message object at messages.0 is empty.");
        assertThat(refusal(new Conversation().blocks("user", "{'text':'a','image':{}}")))
                .contains("messages.0.content.0");
    }

    @Test
    void wantsAResultForEachCallAndNoOther() {
        assertThat(refusal(called().user("and?")))
                .isEqualTo(
                        "Expected toolResult blocks at messages.2.content for the following Ids:"
                                + " t1");
        assertThat(refusal(called().blocks("user", RESULT.replace("t1", "t2"))))
                .contains("Expected toolResult blocks");
        assertThat(refusal(called().blocks("user", RESULT, RESULT))).contains("exceeds the number");
        assertThat(refusal(hello().tool("weather").assistant("hi").blocks("user", RESULT)))
                .contains("exceeds the number");
        assertThat(refusal(called().blocks("user", RESULT).blocks("assistant", CALL).user("x")))
                .contains("duplicate Id: t1");
    }

    @Test
    void wantsToolsWhereToolsWereUsed() {
        assertThat(refusal(hello().blocks("assistant", CALL).blocks("user", RESULT)))
                .isEqualTo(
                        "The toolConfig field must be defined when using toolUse and toolResult"
                                + " content blocks.");
    }

    @Test
    void wantsCallsFromTheAssistantAndResultsFromTheUser() {
        assertThat(refusal(new Conversation().tool("weather").blocks("user", CALL)))
                .contains("cannot contain toolUse");
        assertThat(refusal(hello().tool("weather").blocks("assistant", RESULT).user("x")))
                .contains("cannot contain toolResult");
    }

    @Test
    void wantsAnObjectAsInputAndWordsForAnError() {
        assertThat(refusal(hello().blocks("assistant", CALL.replace("{}", "'a'")).user("x")))
                .isEqualTo(
                        "The format of the value at messages.1.content.0.toolUse.input is invalid."
                                + " Provide a json object for the field and try again.");
        assertThat(
                        refusal(
                                called().blocks(
                                                "user",
                                                "{'toolResult':{'toolUseId':'t1','status':'error','content':[]}}")))
                .contains("cannot be empty when status value is error");
    }

    @ParameterizedTest
    @CsvSource({"'a b'", "''", "'ünder'", "'a.b'"})
    void wantsPlainToolNames(String name) {
        assertThat(refusal(hello().tool(name)))
                .contains("toolSpec.name")
                .contains("[a-zA-Z0-9_-]{1,64}");
    }

    @Test
    void wantsToolsWithASchemaAndOnlyOnce() {
        String tool = "{'toolSpec':{'name':'a','inputSchema':{'json':{'type':'object'}}}}";
        assertThat(refusal(hello().with("toolConfig", "{'tools':[]}")))
                .contains("toolConfig.tools");
        assertThat(refusal(hello().with("toolConfig", "{'tools':[" + tool + "," + tool + "]}")))
                .contains("more than once");
        assertThat(
                        refusal(
                                hello().with(
                                                "toolConfig",
                                                "{'tools':[" + tool.replace("object", "x") + "]}")))
                .contains("must be one of the following: object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'maxTokens':0}", "{'temperature':1.5}", "{'topP':-1}"})
    void wantsInferenceSettingsInTheirRanges(String config) {
        assertThat(refusal(hello().with("inferenceConfig", config)))
                .contains("failed to satisfy constraint");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "[]", "null", "{\"messages\":{\"a\":1}}", "{\"messages\":[1]}"})
    void refusesWhatIsNoRequest(String body) {
        ModelFailure failure =
                catchThrowableOfType(
                        ModelFailure.class,
                        () -> RequestReader.read("m", body.getBytes(StandardCharsets.UTF_8)));
        assertThat(failure.fault()).isEqualTo(Fault.VALIDATION);
    }
}
