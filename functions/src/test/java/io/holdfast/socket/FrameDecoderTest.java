package io.holdfast.socket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.assistant.OnBusy;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.assistant.Wish;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Json;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.socket.FrameDecoder.Decoded;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.TurnInput;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

final class FrameDecoderTest {
    private static final String USER_MESSAGE =
            "{\"id\":\"m1\",\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"hi\"}]}";

    private final FrameDecoder decoder = new FrameDecoder(new MessageRules(10));

    @Test
    void readsANewMessage() {
        ClientFrame.Send send = (ClientFrame.Send) valid(send("submit-message", "", USER_MESSAGE));

        assertThat(send.request()).isEqualTo(new RequestId("r1"));
        assertThat(send.session()).isEqualTo(new SessionId("session-1"));
        assertThat(send.input())
                .isInstanceOfSatisfying(
                        TurnInput.Message.class,
                        input -> assertThat(input.message().text()).isEqualTo("hi"));
    }

    @Test
    void readsHowItIsToBeBegun() {
        ClientFrame.Send send =
                (ClientFrame.Send)
                        valid(
                                send("submit-message", "", USER_MESSAGE)
                                        .replace(
                                                "\"body\":{}",
                                                "\"body\":{\"onBusy\":\"queue\",\"context\":"
                                                    + "{\"url\":\"/mill\",\"content\":\"Rye\"}}"));

        assertThat(send.options().onBusy()).isEqualTo(OnBusy.QUEUE);
        assertThat(send.options().background().page()).contains("/mill", "Rye");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"onBusy\":\"wait\"}",
                "{\"onBusy\":null}",
                "{\"onBusy\":7}",
                "{\"context\":\"/mill\"}",
                "{\"context\":{}}",
                "{\"context\":{\"url\":7}}"
            })
    void refusesABodyThatSaysItOtherwise(String body) {
        String frame = send("submit-message", "", USER_MESSAGE);

        assertThat(invalid(frame.replace("\"body\":{}", "\"body\":" + body)).reason())
                .startsWith("body.");
    }

    @Test
    void takesTheLastOfTheMessages() {
        String earlier = "{\"id\":\"m0\",\"role\":\"assistant\",\"parts\":[{\"type\":\"weird\"}]}";

        ClientFrame.Send send =
                (ClientFrame.Send) valid(send("submit-message", "", earlier + "," + USER_MESSAGE));

        assertThat(send.input()).isInstanceOf(TurnInput.Message.class);
    }

    @Test
    void readsAnEditByItsMessageId() {
        ClientFrame.Send send =
                (ClientFrame.Send)
                        valid(send("submit-message", "\"messageId\":\"m1\",", USER_MESSAGE));

        assertThat(send.input()).isInstanceOf(TurnInput.Edit.class);
    }

    @Test
    void readsARegenerationWithItsQuestion() {
        ClientFrame.Send send =
                (ClientFrame.Send)
                        valid(send("regenerate-message", "\"messageId\":\"a1\",", USER_MESSAGE));

        assertThat(send.input())
                .isInstanceOfSatisfying(
                        TurnInput.Regenerate.class,
                        input -> {
                            assertThat(input.question())
                                    .extracting(UiMessage::text)
                                    .isEqualTo("hi");
                            assertThat(input.answer()).hasToString("a1");
                        });
    }

    @Test
    void readsAResumeWithAndWithoutACursor() {
        assertThat(valid("{\"type\":\"resume\",\"requestId\":\"r1\",\"id\":\"session-1\"}"))
                .isEqualTo(
                        new ClientFrame.Resume(
                                new RequestId("r1"), new SessionId("session-1"), null, null, 0));
        assertThat(
                        valid(
                                "{\"type\":\"resume\",\"requestId\":\"r1\",\"id\":\"session-1\","
                                        + "\"lastSequence\":41,\"turnId\":\"turn_0001\"}"))
                .isEqualTo(
                        new ClientFrame.Resume(
                                new RequestId("r1"),
                                new SessionId("session-1"),
                                41L,
                                new TurnId("turn_0001"),
                                0));
    }

    @Test
    void readsAbortAndPing() {
        assertThat(valid("{\"type\":\"abort\",\"requestId\":\"r1\"}"))
                .isEqualTo(new ClientFrame.Abort(new RequestId("r1")));
        assertThat(valid("{\"type\":\"watch\",\"requestId\":\"r1\",\"id\":\"session-1\"}"))
                .isEqualTo(new ClientFrame.Watch(new RequestId("r1"), new SessionId("session-1")));
        assertThat(valid("{\"type\":\"ping\",\"requestId\":\"r1\"}"))
                .isEqualTo(new ClientFrame.Ping(new RequestId("r1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "[]", "null", "42", "{\"type\":\"ping\"} x", "{"})
    void refusesWhatIsNoJsonObject(String text) {
        assertThat(decoder.decode(text))
                .isEqualTo(
                        new Decoded.Invalid(
                                "", "The frame is not a JSON object that can be read."));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"requestId":"r1"}                                   | type must be a string
                    {"type":7,"requestId":"r1"}                          | type must be a string
                    {"type":"dance","requestId":"r1"}                    | must be send, resume, abort, watch or ping
                    {"type":"ping"}                                      | requestId must be a string
                    {"type":"watch","requestId":"r1"}                    | id must be a string
                    {"type":"abort","requestId":""}                      | requestId must be 1 to 128
                    {"type":"resume","requestId":"r1"}                   | id must be a string
                    {"type":"resume","requestId":"r1","id":"short"}      | id must be 8 to 64
                    {"type":"resume","requestId":"r1","id":"session-1","lastSequence":-1} | lastSequence
                    {"type":"resume","requestId":"r1","id":"session-1","lastSequence":"3"} | lastSequence
                    {"type":"resume","requestId":"r1","id":"session-1","lastSequence":1.5} | lastSequence
                    {"type":"send","requestId":"r1","id":"session-1"}    | trigger must be a string
                    """)
    void saysWhatIsWrong(String frame, String reason) {
        assertThat(invalid(frame).reason()).contains(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"id":"m1","role":"user","parts":[{"type":"text","text":"longer than ten"}]}  | has 15 characters; at most 10
                    {"id":"m1","role":"user","parts":[{"type":"text","text":" "}]}                | no text
                    {"id":"m1","role":"user","parts":[{"type":"text","text":3}]}                  | messages[0]: parts[0].text
                    {"id":"m1","role":"assistant","parts":[]}                                     | role must be user
                    {"id":"m1","role":"user","parts":[{"type":"file","url":"x","mediaType":"y"}]} | Only text
                    {"id":"","role":"user","parts":[{"type":"text","text":"hi"}]}                 | messages[0]: id
                    """)
    void refusesAMessageInWords(String message, String reason) {
        assertThat(invalid(send("submit-message", "", message)).reason()).contains(reason);
    }

    @Test
    void keepsTheRequestIdOfARefusedFrame() {
        assertThat(invalid("{\"type\":\"dance\",\"requestId\":\"r1\"}").requestId())
                .isEqualTo("r1");
    }

    @Test
    void readsAnswersToApprovals() {
        String parts =
                part("a1", "approval-responded", ",\"input\":{\"n\":1}", "\"approved\":true")
                        + ","
                        + part(
                                "a2",
                                "approval-responded",
                                "",
                                "\"approved\":false,\"reason\":\"no\"");

        assertThat(valid(send("submit-message", "", answer(parts))))
                .isEqualTo(
                        new ClientFrame.Answer(
                                new RequestId("r1"),
                                new SessionId("session-1"),
                                List.of(
                                        new Approvals.Answer(
                                                "a1", Json.object().put("n", 1), true, null),
                                        new Approvals.Answer(
                                                "a2", NullNode.instance, false, "no"))));
    }

    @Test
    void passesOverCallsThatNobodyAnswersNow() {
        String parts =
                part("a1", "output-available", ",\"output\":1", "\"approved\":true")
                        + ","
                        + part("a2", "approval-requested", "", "\"requestReason\":\"dear\"")
                        + ","
                        + part("a3", "approval-responded", "", "\"approved\":true");

        assertThat(valid(send("submit-message", "\"messageId\":\"m0\",", answer(parts))))
                .isInstanceOfSatisfying(
                        ClientFrame.Answer.class,
                        answer ->
                                assertThat(answer.answers())
                                        .extracting(Approvals.Answer::approvalId)
                                        .containsExactly("a3"));
    }

    @Test
    void refusesAnAnswerThatDecidesNothing() {
        String undecided = part("a1", "approval-responded", "", "\"reason\":\"hm\"");

        assertThat(invalid(send("submit-message", "", answer(undecided))).reason())
                .contains("approved must be true or false");
    }

    @Test
    void refusesAReasonThatIsTooLong() {
        String longest = "x".repeat(FrameDecoder.MAX_REASON);
        assertThat(valid(send("submit-message", "", answer(reasoned(longest)))))
                .isInstanceOf(ClientFrame.Answer.class);
        assertThat(invalid(send("submit-message", "", answer(reasoned(longest + "x")))).reason())
                .contains("1,000 characters");
    }

    private static String reasoned(String reason) {
        String approval = "\"approved\":true,\"reason\":\"" + reason + "\"";
        return part("a1", "approval-responded", "", approval);
    }

    @Test
    void takesNoAnswerForAnotherAnswerInPlaceOfAMessage() {
        String answered = answer(part("a1", "approval-responded", "", "\"approved\":true"));

        ClientFrame.Send send = (ClientFrame.Send) valid(send("regenerate-message", "", answered));

        assertThat(send.input()).isInstanceOf(TurnInput.Regenerate.class);
    }

    private static String answer(String parts) {
        return "{\"id\":\"m0\",\"role\":\"assistant\",\"parts\":[" + parts + "]}";
    }

    private static String part(String id, String state, String more, String approval) {
        return "{\"type\":\"tool-echo\",\"toolCallId\":\"c-"
                + id
                + "\",\"state\":\""
                + state
                + "\""
                + (more.contains("input") ? "" : ",\"input\":null")
                + more
                + ",\"approval\":{\"id\":\""
                + id
                + "\","
                + approval
                + "}}";
    }

    @Test
    void readsWhatTheBodyAsksFor() {
        assertThat(wish("{}")).isEqualTo(Wish.NONE);
        assertThat(wish("null")).isEqualTo(Wish.NONE);
        assertThat(wish("{\"color\":\"blue\"}")).isEqualTo(Wish.NONE);
        assertThat(
                        wish(
                                "{\"assistant\":\"brief\",\"model\":\"m-1\","
                                        + "\"reasoningEffort\":\"high\"}"))
                .isEqualTo(new Wish("brief", "m-1", ReasoningEffort.HIGH));
    }

    private Wish wish(String body) {
        return ((ClientFrame.Send) valid(withBody(body))).wish();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    []                           | body must be an object.
                    {"assistant":7}              | body.assistant must be
                    {"assistant":"../etc"}       | body.assistant must be
                    {"assistant":null}           | body.assistant must be
                    {"model":""}                 | body.model must be
                    {"model":"a b"}              | body.model must be
                    {"reasoningEffort":"utmost"} | body.reasoningEffort must be one of none, low
                    """)
    void saysWhatIsWrongInTheBody(String body, String reason) {
        assertThat(invalid(withBody(body)).reason()).contains(reason);
    }

    private static String withBody(String body) {
        return send("submit-message", "", USER_MESSAGE).replace("\"body\":{}", "\"body\":" + body);
    }

    @Test
    void readsTheBaseOfAResume() {
        assertThat(valid(resume("\"base\":7,\"lastSequence\":3")))
                .isEqualTo(
                        new ClientFrame.Resume(
                                new RequestId("r1"), new SessionId("session-1"), 3L, null, 7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "\"7\"", "1.5", "null", "1e30"})
    void refusesABaseThatIsNone(String base) {
        assertThat(invalid(resume("\"base\":" + base)).reason())
                .isEqualTo("base must be a whole number from 0 on.");
    }

    private static String resume(String more) {
        return "{\"type\":\"resume\",\"requestId\":\"r1\",\"id\":\"session-1\"," + more + "}";
    }

    private static String send(String trigger, String more, String messages) {
        return "{\"type\":\"send\",\"requestId\":\"r1\",\"id\":\"session-1\",\"trigger\":\""
                + trigger
                + "\","
                + more
                + "\"messages\":["
                + messages
                + "],\"headers\":{},\"body\":{}}";
    }

    private ClientFrame valid(String text) {
        Decoded decoded = decoder.decode(text);
        assertThat(decoded).isInstanceOf(Decoded.Valid.class);
        return ((Decoded.Valid) decoded).frame();
    }

    private Decoded.Invalid invalid(String text) {
        Decoded decoded = decoder.decode(text);
        assertThat(decoded).isInstanceOf(Decoded.Invalid.class);
        return (Decoded.Invalid) decoded;
    }
}
