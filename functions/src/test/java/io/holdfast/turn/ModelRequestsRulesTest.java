package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

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

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Whatever is in the record, the model gets a conversation that Bedrock takes. */
final class ModelRequestsRulesTest {
    private static final List<String> NAMES =
            List.of("echo", "get-weather", "functions.echo", "", "ünsinn", "x".repeat(80));

    private static final List<ToolState> STATES = List.of(ToolState.values());

    @Test
    @DisplayName("Bedrock takes every conversation: 10,000 random ones")
    void everyConversationKeepsBedrocksRules() {
        for (long seed = 0; seed < 10_000; seed++) {
            Scene scene = new Scene(new Random(seed));
            boolean hasTools = scene.random.nextInt(4) != 0;
            List<ModelMessage> messages = scene.conversation(hasTools);
            try {
                check(messages, hasTools);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + messages, e);
            }
        }
    }

    /** As the local system's stand-in checks them ("Converse", "ToolUseBlock"). */
    private static void check(List<ModelMessage> messages, boolean hasTools) {
        assertThat(messages.getFirst().role()).isEqualTo(Role.USER);
        assertThat(messages.getLast().role()).isEqualTo(Role.USER);
        Set<String> ever = new HashSet<>();
        Set<String> asked = Set.of();
        Role before = Role.ASSISTANT;
        for (ModelMessage message : messages) {
            assertThat(message.role()).as("roles alternate").isNotEqualTo(before);
            before = message.role();
            assertThat(message.content()).isNotEmpty();
            Set<String> uses = new HashSet<>();
            List<String> results = new ArrayList<>();
            for (Content content : message.content()) {
                switch (content) {
                    case Content.Text(String text) -> assertThat(text).isNotBlank();
                    case Content.Reasoning reasoning ->
                            assertThat(message.role()).isEqualTo(Role.ASSISTANT);
                    case Content.ToolUse(String id, String name, var input) -> {
                        assertThat(message.role()).isEqualTo(Role.ASSISTANT);
                        assertThat(name).matches("[a-zA-Z0-9_-]{1,64}");
                        assertThat(ever.add(id)).as("ids are unique").isTrue();
                        uses.add(id);
                    }
                    case Content.ToolResult(String id, var output, boolean isError) -> {
                        assertThat(message.role()).isEqualTo(Role.USER);
                        results.add(id);
                    }
                }
            }
            if (message.role() == Role.USER) {
                assertThat(results).containsExactlyInAnyOrderElementsOf(asked);
            }
            asked = uses;
            assertThat(hasTools || (uses.isEmpty() && results.isEmpty()))
                    .as("calls only beside tools")
                    .isTrue();
        }
    }

    /** A random record of a conversation. */
    private static final class Scene {
        private final Random random;
        private int names;

        Scene(Random random) {
            this.random = random;
        }

        List<ModelMessage> conversation(boolean hasTools) {
            List<StoredMessage> history = new ArrayList<>();
            for (int messages = random.nextInt(6); messages > 0; messages--) {
                history.add(stored(random.nextBoolean(), history.size()));
            }
            history.add(stored(true, history.size()));
            ModelRequests requests =
                    new ModelRequests(hasTools, 1 + random.nextInt(60)).history(history);
            int steps = random.nextInt(4);
            for (int step = 1; step <= steps; step++) {
                step(requests, step);
            }
            return requests.messages();
        }

        private StoredMessage stored(boolean user, int position) {
            List<MessagePart> parts = new ArrayList<>();
            if (user) {
                parts.add(new MessagePart.Text("question " + position));
            } else {
                for (int steps = random.nextInt(4); steps > 0; steps--) {
                    parts.add(new MessagePart.StepStart());
                    for (int count = random.nextInt(4); count > 0; count--) {
                        parts.add(part());
                    }
                }
            }
            UiMessage.Role role = user ? UiMessage.Role.USER : UiMessage.Role.ASSISTANT;
            return new StoredMessage(
                    position, new UiMessage(new MessageId("m" + position), role, parts, null));
        }

        private MessagePart part() {
            return switch (random.nextInt(6)) {
                case 0 -> new MessagePart.Text("words");
                case 1 -> new MessagePart.Text(" \n");
                case 2 -> new MessagePart.Reasoning("r", "hm", null);
                case 3 -> new MessagePart.Other(Json.object().put("type", "data-x"));
                default -> tool();
            };
        }

        private MessagePart.Tool tool() {
            ToolState state = STATES.get(random.nextInt(STATES.size()));
            boolean brought = state == ToolState.OUTPUT_AVAILABLE;
            return new MessagePart.Tool(
                    "call" + names++,
                    NAMES.get(random.nextInt(NAMES.size())),
                    random.nextBoolean(),
                    state,
                    random.nextInt(4) == 0 ? TextNode.valueOf("no object") : Json.object(),
                    null,
                    brought ? TextNode.valueOf("o".repeat(random.nextInt(100))) : null,
                    brought && random.nextBoolean(),
                    state == ToolState.OUTPUT_ERROR ? "it failed" : null,
                    random.nextBoolean()
                            ? new MessagePart.Approval("a", null, "because", null)
                            : null);
        }

        /** A step that asks for tools, as each does that another follows. */
        private void step(ModelRequests requests, int step) {
            List<Chunk> chunks = new ArrayList<>(List.of(new Chunk.StartStep()));
            if (random.nextBoolean()) {
                chunks.add(new Chunk.ReasoningStart("r"));
                chunks.add(new Chunk.ReasoningDelta("r", "hm"));
                var metadata = Json.object();
                metadata.putObject("bedrock").put("signature", "s");
                chunks.add(new Chunk.ReasoningEnd("r", random.nextBoolean() ? metadata : null));
            }
            if (random.nextBoolean()) {
                chunks.add(new Chunk.TextStart("t"));
                chunks.add(new Chunk.TextDelta("t", random.nextBoolean() ? "words" : " "));
                chunks.add(new Chunk.TextEnd("t"));
            }
            List<Call> calls = new ArrayList<>();
            Map<CallId, CallResult> results = new HashMap<>();
            for (int index = 0; index <= random.nextInt(3); index++) {
                CallId id = new CallId(step, index);
                String name = NAMES.get(random.nextInt(NAMES.size()));
                String toolCallId = "call" + names++;
                chunks.add(new Chunk.ToolInputAvailable(toolCallId, name, false, Json.object()));
                calls.add(
                        new Call(
                                id,
                                toolCallId,
                                name,
                                false,
                                Json.object(),
                                new Call.Approval("a", "h", Duration.ofDays(1)),
                                null,
                                1,
                                null,
                                List.of(),
                                true,
                                null));
                switch (random.nextInt(4)) {
                    case 0 -> results.put(id, new CallResult.Success(Json.object().put("a", 1)));
                    case 1 -> results.put(id, new CallResult.Failure("it failed"));
                    case 2 -> results.put(id, new CallResult.Denied(""));
                    default -> {
                        // Nobody knows.
                    }
                }
            }
            requests.step(
                    new StepResult(
                            0,
                            chunks.stream().map(ChunkJson::write).toList(),
                            FinishReason.TOOL_CALLS,
                            "m",
                            Ledger.EMPTY,
                            calls,
                            0),
                    results);
        }
    }
}
