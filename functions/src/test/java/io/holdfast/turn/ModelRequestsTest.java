package io.holdfast.turn;

import static io.holdfast.chunk.UiMessage.Role.ASSISTANT;
import static io.holdfast.chunk.UiMessage.Role.USER;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.chunk.UiMessage;
import io.holdfast.model.ModelRequest.Content;
import io.holdfast.model.ModelRequest.ModelMessage;
import io.holdfast.model.ModelRequest.Role;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.session.StoredMessage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

final class ModelRequestsTest {
    private final List<StoredMessage> history = new ArrayList<>();

    @Test
    void carriesTheConversation() {
        said(USER, "hello");
        said(ASSISTANT, "hi");
        said(USER, "how are you?");

        assertThat(messages())
                .containsExactly(
                        said(Role.USER, "hello"),
                        said(Role.ASSISTANT, "hi"),
                        said(Role.USER, "how are you?"));
    }

    @Test
    void saysWhereAQuestionWentUnanswered() {
        said(USER, "first");
        said(USER, "second");

        assertThat(messages())
                .containsExactly(
                        said(Role.USER, "first"),
                        said(Role.ASSISTANT, "(no answer)"),
                        said(Role.USER, "second"));
    }

    @Test
    void putsWordsInPlaceOfAnEmptyAnswer() {
        said(USER, "first");
        history.add(
                new StoredMessage(
                        history.size(),
                        new UiMessage(
                                new MessageId("a"),
                                ASSISTANT,
                                List.of(new MessagePart.StepStart()),
                                null)));
        said(USER, "second");

        assertThat(messages()).contains(said(Role.ASSISTANT, "(no answer)"));
    }

    @Test
    void beginsWithTheUserWhenTheHistoryWasShortened() {
        said(ASSISTANT, "the end of an answer to something long gone");
        said(USER, "and now?");

        assertThat(messages()).containsExactly(said(Role.USER, "and now?"));
    }

    @Test
    void givesBackTheStepsOfThisTurnWithTheirResults() {
        said(USER, "please");
        ModelRequests requests = new ModelRequests(true, 100).history(history);
        var metadata = Json.object();
        metadata.putObject("bedrock").put("signature", "sig");
        requests.step(
                step(
                        List.of(call("a"), call("b"), call("c"), call("d")),
                        new Chunk.ReasoningStart("r"),
                        new Chunk.ReasoningDelta("r", "Hm."),
                        new Chunk.ReasoningEnd("r", metadata),
                        new Chunk.TextStart("t"),
                        new Chunk.TextDelta("t", "Let me see."),
                        new Chunk.TextEnd("t")),
                Map.of(
                        call("a").id(), new CallResult.Success(Json.object().put("password", "x")),
                        call("b").id(), new CallResult.Failure("It rains."),
                        call("c").id(), new CallResult.Denied("Too dear.")));

        assertThat(requests.messages())
                .containsExactly(
                        said(Role.USER, "please"),
                        new ModelMessage(
                                Role.ASSISTANT,
                                List.of(
                                        new Content.Reasoning("Hm.", "sig"),
                                        new Content.Text("Let me see."),
                                        new Content.ToolUse("a", "echo", call("a").input()),
                                        new Content.ToolUse("b", "echo", call("b").input()),
                                        new Content.ToolUse("c", "echo", call("c").input()),
                                        new Content.ToolUse("d", "echo", call("d").input()))),
                        new ModelMessage(
                                Role.USER,
                                List.of(
                                        new Content.ToolResult(
                                                "a", Json.object().put("password", "x"), false),
                                        failed("b", "It rains."),
                                        failed("c", "The user did not allow this call. Too dear."),
                                        failed("d", "The call was not run to its end."))));
    }

    @Test
    void givesBackThoughtsOnlyWithTheirProof() {
        said(USER, "please");
        ModelRequests requests = new ModelRequests(true, 100).history(history);
        requests.step(
                step(
                        List.of(call("a")),
                        new Chunk.ReasoningStart("r"),
                        new Chunk.ReasoningDelta("r", "Hm."),
                        new Chunk.ReasoningEnd("r", null)),
                Map.of());

        assertThat(requests.messages().get(1).content())
                .singleElement()
                .isInstanceOf(Content.ToolUse.class);
    }

    @Test
    void tellsEveryStateOfAStoredCall() {
        said(USER, "please");
        answered(
                tool("a", ToolState.OUTPUT_AVAILABLE, Json.object().put("n", 1), false, null),
                tool("b", ToolState.OUTPUT_AVAILABLE, Json.object().put("n", 1), true, null),
                tool("c", ToolState.OUTPUT_ERROR, null, false, "It rains."),
                tool("d", ToolState.OUTPUT_DENIED, null, false, null),
                tool("e", ToolState.INPUT_STREAMING, null, false, null),
                tool("f", ToolState.INPUT_AVAILABLE, null, false, null),
                tool("g", ToolState.APPROVAL_REQUESTED, null, false, null),
                tool("h", ToolState.APPROVAL_RESPONDED, null, false, null));
        said(USER, "and now?");

        String notRun = "The call was not run to its end.";
        assertThat(messages().get(2))
                .isEqualTo(
                        new ModelMessage(
                                Role.USER,
                                List.of(
                                        new Content.ToolResult(
                                                "a", Json.object().put("n", 1), false),
                                        failed("b", notRun),
                                        failed("c", "It rains."),
                                        failed(
                                                "d",
                                                "The user did not allow this call. They said no."),
                                        failed("e", notRun),
                                        failed("f", notRun),
                                        failed("g", notRun),
                                        failed("h", notRun))));
        assertThat(messages().subList(3, 5))
                .containsExactly(said(Role.ASSISTANT, "(no answer)"), said(Role.USER, "and now?"));
    }

    @Test
    void putsEachStepOfAStoredAnswerBeforeItsResults() {
        said(USER, "please");
        answered(
                new MessagePart.StepStart(),
                new MessagePart.Text("First."),
                tool("a", ToolState.OUTPUT_AVAILABLE, TextNode.valueOf("one"), false, null),
                new MessagePart.StepStart(),
                new MessagePart.Text("Done."));
        said(USER, "thanks");

        assertThat(messages())
                .extracting(ModelMessage::role)
                .containsExactly(Role.USER, Role.ASSISTANT, Role.USER, Role.ASSISTANT, Role.USER);
        assertThat(messages().get(3)).isEqualTo(said(Role.ASSISTANT, "Done."));
    }

    @Test
    void tellsCallsInWordsWhereNoToolsAreOffered() {
        said(USER, "please");
        answered(
                new MessagePart.StepStart(),
                tool("a", ToolState.OUTPUT_AVAILABLE, Json.object().put("n", 1), false, null),
                new MessagePart.StepStart(),
                new MessagePart.Text("Done."));
        said(USER, "thanks");

        assertThat(new ModelRequests(false, 100).history(history).messages())
                .containsExactly(
                        said(Role.USER, "please"),
                        new ModelMessage(
                                Role.ASSISTANT,
                                List.of(
                                        new Content.Text("(used echo: {\"n\":1})"),
                                        new Content.Text("Done."))),
                        said(Role.USER, "thanks"));
    }

    @Test
    void endsWithTheUserThoughItsToolsAreGone() {
        said(USER, "please");
        ModelRequests requests = new ModelRequests(false, 100).history(history);
        requests.step(
                step(List.of(call("a"))),
                Map.of(call("a").id(), new CallResult.Success(TextNode.valueOf("one"))));

        assertThat(requests.messages().get(1)).isEqualTo(said(Role.ASSISTANT, "(used echo: one)"));
        assertThat(requests.messages().getLast().role()).isEqualTo(Role.USER);
    }

    @Test
    void cutsALongResultAndSaysSo() {
        said(USER, "please");
        answered(
                tool(
                        "a",
                        ToolState.OUTPUT_AVAILABLE,
                        TextNode.valueOf("x".repeat(99) + "𝄞 and more"),
                        false,
                        null));
        said(USER, "thanks");

        assertThat(messages().get(2).content())
                .containsExactly(
                        new Content.ToolResult(
                                "a",
                                TextNode.valueOf(
                                        "x".repeat(99) + "\n(cut: the result has 110 characters)"),
                                false));
    }

    @Test
    void namesNoToolAsBedrockForbids() {
        said(USER, "please");
        answered(
                new MessagePart.Tool(
                        "a",
                        "functions.écho",
                        false,
                        ToolState.OUTPUT_ERROR,
                        Json.object(),
                        null,
                        null,
                        false,
                        "There is no such tool.",
                        null));
        said(USER, "thanks");

        assertThat(messages().get(1).content())
                .containsExactly(new Content.ToolUse("a", "functions__cho", Json.object()));
    }

    private void answered(MessagePart... parts) {
        history.add(
                new StoredMessage(
                        history.size(),
                        new UiMessage(
                                new MessageId("m" + history.size()),
                                ASSISTANT,
                                List.of(parts),
                                null)));
    }

    private static MessagePart tool(
            String id,
            ToolState state,
            @Nullable JsonNode output,
            boolean preliminary,
            @Nullable String errorText) {
        return new MessagePart.Tool(
                id,
                "echo",
                false,
                state,
                Json.object().put("value", id),
                null,
                output,
                preliminary,
                errorText,
                new MessagePart.Approval("approval-" + id, false, "They said no.", null));
    }

    private static Content failed(String id, String words) {
        return new Content.ToolResult(id, TextNode.valueOf(words), true);
    }

    private static Call call(String id) {
        return new Call(
                new CallId(1, id.charAt(0) - 'a'),
                id,
                "echo",
                false,
                Json.object().put("value", id),
                null,
                null,
                1,
                null,
                List.of(),
                true,
                null);
    }

    private static StepResult step(List<Call> calls, Chunk... said) {
        List<String> chunks = new ArrayList<>();
        chunks.add(ChunkJson.write(new Chunk.StartStep()));
        for (Chunk chunk : said) {
            chunks.add(ChunkJson.write(chunk));
        }
        for (Call call : calls) {
            chunks.add(
                    ChunkJson.write(
                            new Chunk.ToolInputAvailable(
                                    call.toolCallId(), call.tool(), false, call.input())));
        }
        return new StepResult(0, chunks, FinishReason.TOOL_CALLS, "m", Ledger.EMPTY, calls, 0);
    }

    private void said(UiMessage.Role role, String text) {
        history.add(
                new StoredMessage(
                        history.size(),
                        new UiMessage(
                                new MessageId("m" + history.size()),
                                role,
                                List.of(new MessagePart.Text(text)),
                                null)));
    }

    private List<ModelMessage> messages() {
        return new ModelRequests(true, 100).history(history).messages();
    }

    private static ModelMessage said(Role role, String text) {
        return new ModelMessage(role, List.of(new Content.Text(text)));
    }
}
