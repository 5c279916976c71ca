package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.local.bedrock.Conversation.Answer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

class ScriptModelTest {
    private final List<Duration> pauses = new ArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final ScriptModel model =
            new ScriptModel(pauses::add, () -> "tooluse_" + ids.incrementAndGet());

    private Answer ask(String text) throws Exception {
        return new Conversation().user(text).ask(model);
    }

    @Test
    void countsOneTokenEachTenMillisecondsApart() throws Exception {
        Answer answer = ask("count to 3");

        assertThat(answer.tokens()).containsExactly("1", " 2", " 3");
        assertThat(pauses).containsExactly(Duration.ofMillis(10), Duration.ofMillis(10));
        assertThat(answer.stopReason()).isEqualTo("end_turn");
    }

    @Test
    void countsAtThePaceThatIsAskedFor() throws Exception {
        ask("Count to 2 every 250 ms");

        assertThat(pauses).containsExactly(Duration.ofMillis(250));
    }

    @Test
    void countsNoFurtherThanAHundredThousand() throws Exception {
        assertThat(ask("count to 999999999 every 0 ms").tokens()).hasSize(100_000);
    }

    @Test
    void saysNothingAtAllWhenItCountsToZero() throws Exception {
        assertThat(ask("count to 0").folded().at("/output/message/content")).isEmpty();
    }

    @Test
    void echoesAnythingElseWordByWord() throws Exception {
        Answer answer = ask("Hello  there,\nfriend ");

        assertThat(answer.text()).isEqualTo("You said: Hello  there,\nfriend ");
        assertThat(answer.tokens()).contains("You", " said:", " Hello", "  there,", "\nfriend");
    }

    @Test
    void echoesALongTextInTwoHundredTokensAtMost() throws Exception {
        String text = "word ".repeat(5_000);

        Answer answer = ask(text);

        assertThat(answer.text()).isEqualTo("You said: " + text);
        assertThat(answer.tokens()).hasSizeLessThanOrEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "use your head please",
        "then",
        "count to ten",
        "fail badly",
        "fail throttled often",
        "hang on",
        "please count to 5"
    })
    void takesWhatOnlyLooksLikeAnOrderAsPlainText(String text) throws Exception {
        assertThat(ask(text).text()).isEqualTo("You said: " + text);
    }

    @Test
    void obeysLineByLineAndKeepsPlainLinesTogether() throws Exception {
        Answer answer = ask("one\ntwo\n\ncount to 2\nthree");

        assertThat(answer.text()).isEqualTo("You said: one\ntwo\n1 2\nYou said: three");
        assertThat(answer.events())
                .hasOnlyElementsOfTypes(
                        ConverseEvent.MessageStart.class,
                        ConverseEvent.TextDelta.class,
                        ConverseEvent.BlockStop.class,
                        ConverseEvent.MessageStop.class,
                        ConverseEvent.Metadata.class);
    }

    @Test
    void thinksFirstInABlockOfItsOwn() throws Exception {
        Answer answer = ask("think first\ncount to 2");

        assertThat(answer.block(0).at("/reasoningContent/reasoningText/text").asText())
                .startsWith("Thinking");
        assertThat(answer.block(0).at("/reasoningContent/reasoningText/signature").asText())
                .isNotEmpty();
        assertThat(answer.block(1).path("text").asText()).isEqualTo("1 2");
        assertThat(answer.all(ConverseEvent.ReasoningDelta.class))
                .hasSizeGreaterThan(3)
                .allMatch(delta -> delta.index() == 0);
        assertThat(answer.all(ConverseEvent.TextDelta.class)).allMatch(delta -> delta.index() == 1);
    }

    @Test
    void asksForSeveralToolsInOneStepAfterItsWords() throws Exception {
        Answer answer = ask("use weather {\"city\":\"Bern\",\"days\":3}\nLet me look\nuse clock");

        assertThat(answer.stopReason()).isEqualTo("tool_use");
        assertThat(answer.block(0).path("text").asText()).isEqualTo("You said: Let me look");
        assertThat(answer.block(1))
                .isEqualTo(
                        Conversation.json(
                                "{'toolUse':{'toolUseId':'tooluse_1','name':'weather','input':{'city':'Bern','days':3}}}"));
        assertThat(answer.block(2))
                .isEqualTo(
                        Conversation.json(
                                "{'toolUse':{'toolUseId':'tooluse_2','name':'clock','input':{}}}"));
        assertThat(answer.all(ConverseEvent.ToolInputDelta.class))
                .filteredOn(delta -> delta.index() == 1)
                .hasSizeGreaterThan(2);
    }

    @Test
    void passesMalformedInputOnAsItIs() throws Exception {
        Answer answer = ask("use weather {\"city\": Bern");

        assertThat(
                        answer.all(ConverseEvent.ToolInputDelta.class).stream()
                                .map(ConverseEvent.ToolInputDelta::json)
                                .reduce("", String::concat))
                .isEqualTo("{\"city\": Bern");
    }

    @Test
    void reportsResultsInTheOrderOfTheCalls() throws Exception {
        Conversation conversation =
                new Conversation().tool("weather").user("use weather {}\nuse clock\nuse door");
        conversation
                .answered(conversation.ask(model))
                .blocks(
                        "user",
                        "{'toolResult':{'toolUseId':'tooluse_3','status':'error','content':[{'text':'locked'}]}}",
                        "{'toolResult':{'toolUseId':'tooluse_2','content':[{'text':'noon'}]}}",
                        "{'toolResult':{'toolUseId':'tooluse_1','content':[{'json':{'sky':'clear','c':21}}]}}");

        Answer answer = conversation.ask(model);

        assertThat(answer.text())
                .isEqualTo(
                        "weather said: {\"sky\":\"clear\",\"c\":21}\nclock said: noon\ndoor failed:"
                                + " locked");
        assertThat(answer.stopReason()).isEqualTo("end_turn");
    }

    @Test
    void takesTheLinesAfterThenInTheNextStep() throws Exception {
        Conversation conversation =
                new Conversation().tool("a").user("use a\nthen\ncount to 2\nuse b\nthen\ndone");
        Answer first = conversation.ask(model);
        Answer second = conversation.answered(first).blocks("user", result("tooluse_1")).ask(model);
        Answer third = conversation.answered(second).blocks("user", result("tooluse_2")).ask(model);

        assertThat(first.text()).isEmpty();
        assertThat(second.text()).isEqualTo("a said: ok\n1 2");
        assertThat(second.stopReason()).isEqualTo("tool_use");
        assertThat(third.text()).isEqualTo("b said: ok\nYou said: done");
        assertThat(third.stopReason()).isEqualTo("end_turn");
    }

    private static String result(String id) {
        return "{'toolResult':{'toolUseId':'%s','content':[{'text':'ok'}]}}".formatted(id);
    }

    @Test
    void recallsEveryEarlierUserText() throws Exception {
        Answer answer =
                new Conversation()
                        .user("one")
                        .assistant("You said: one")
                        .user("two")
                        .assistant("You said: two")
                        .user("recall")
                        .ask(model);

        assertThat(answer.text()).isEqualTo("one | two");
        assertThat(ask("recall").text()).isEqualTo("nothing");
    }

    @Test
    void showsWhatTheRequestCarried() throws Exception {
        Conversation conversation =
                new Conversation()
                        .user("show system\nshow tools\nshow model")
                        .with("system", "[{'text':'Be kind.'},{'text':'Be brief.'}]")
                        .with("inferenceConfig", "{'maxTokens':100,'temperature':0.5}")
                        .with("additionalModelRequestFields", "{'top_k':3}")
                        .tool("weather");

        assertThat(conversation.ask(model).text())
                .isEqualTo(
                        """
                        Be kind.
                        Be brief.
                        weather: Helps
                        test.model-v1:0
                        inferenceConfig {"maxTokens":100,"temperature":0.5}
                        additionalModelRequestFields {"top_k":3}\
                        """);
    }

    @Test
    void saysSoWhenTheRequestCarriedNothing() throws Exception {
        assertThat(ask("show system\nshow tools\nshow model").text())
                .isEqualTo("no system\nno tools\ntest.model-v1:0");
    }

    @ParameterizedTest
    @CsvSource({
        "throttled, THROTTLING",
        "unavailable, SERVICE_UNAVAILABLE",
        "internal, INTERNAL_SERVER",
        "timeout, MODEL_TIMEOUT",
        "access, ACCESS_DENIED",
        "missing, RESOURCE_NOT_FOUND",
        "validation, VALIDATION",
        "context, VALIDATION",
        "midstream, MODEL_STREAM_ERROR"
    })
    void failsInEveryWayAndRecovers(String way, String fault) throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThat(failureOf("fail " + way + " 2 times")).isEqualTo(Fault.valueOf(fault));
        }
        assertThat(ask("fail " + way + " 2 times").text()).isEqualTo("recovered");
        assertThat(failureOf("fail " + way + " 2 times"))
                .as("the same words later")
                .isEqualTo(Fault.valueOf(fault));
    }

    @Test
    void failsForEverWithoutANumber() {
        for (int i = 0; i < 10; i++) {
            assertThat(failureOf("fail validation")).isEqualTo(Fault.VALIDATION);
        }
    }

    @Test
    void countsFailuresOfTwoConversationsApart() throws Exception {
        String text = "fail throttled 1 time";
        Conversation one = new Conversation().with("requestMetadata", "{'s':'1'}").user(text);
        Conversation two = new Conversation().with("requestMetadata", "{'s':'2'}").user(text);

        assertThatThrownBy(() -> one.ask(model)).isInstanceOf(ModelFailure.class);
        assertThatThrownBy(() -> two.ask(model)).isInstanceOf(ModelFailure.class);
        assertThat(one.ask(model).text()).isEqualTo("recovered");
        assertThat(two.ask(model).text()).isEqualTo("recovered");
    }

    @Test
    void goesOnAfterItRecovered() throws Exception {
        String text = "fail throttled 1 times\nfail unavailable 1 times\ncount to 2";

        assertThat(failureOf(text)).isEqualTo(Fault.THROTTLING);
        assertThat(failureOf(text)).isEqualTo(Fault.SERVICE_UNAVAILABLE);
        assertThat(ask(text).text()).isEqualTo("recovered\nrecovered\n1 2");
    }

    private Fault failureOf(String text) {
        try {
            throw new AssertionError("No failure, but: " + ask(text).text());
        } catch (ModelFailure e) {
            return e.fault();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void stopsForReasonsOtherThanTheEnd() throws Exception {
        assertThat(ask("refuse").stopReason()).isEqualTo("guardrail_intervened");
        assertThat(ask("refuse filtered").stopReason()).isEqualTo("content_filtered");
        Answer cut = ask("cut off after 4\nnever said");
        assertThat(cut.text()).isEqualTo("1 2 3 4");
        assertThat(cut.stopReason()).isEqualTo("max_tokens");
    }

    @Test
    void hangsForAQuarterOfAnHourAtMost() {
        assertThat(failureOf("hang")).isEqualTo(Fault.MODEL_TIMEOUT);
        assertThat(pauses).containsExactly(Duration.ofMinutes(15));
    }

    @Test
    void countsATokenPerDelta() throws Exception {
        assertThat(ask("count to 7").folded().at("/usage/outputTokens").asInt()).isEqualTo(7);
    }

    @Test
    void makesIdsAsBedrockDoes() {
        assertThat(ScriptModel.randomIds(new Random(1)).get()).matches("tooluse_[A-Za-z0-9]{22}");
    }
}
