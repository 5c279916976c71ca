package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.model.ModelRequest.Content;
import io.holdfast.model.ModelRequest.ModelMessage;
import io.holdfast.model.ModelRequest.ModelTool;
import io.holdfast.model.ModelRequest.Role;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.Tool;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultStatus;

import java.util.List;

final class BedrockRequestsTest {

    @Test
    void offersToolsWithTheirSchemas() {
        JsonNode schema = json("{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":1.5}}}");

        List<Tool> tools =
                BedrockRequests.of(
                                request(
                                        "m",
                                        ReasoningEffort.NONE,
                                        100,
                                        List.of(
                                                new ModelTool(
                                                        "echo", "Says it again.", object(schema)))))
                        .toolConfig()
                        .tools();

        assertThat(tools).hasSize(1);
        assertThat(tools.getFirst().toolSpec().name()).isEqualTo("echo");
        assertThat(tools.getFirst().toolSpec().description()).isEqualTo("Says it again.");
        assertThat(text(tools.getFirst().toolSpec().inputSchema().json()))
                .isEqualTo(schema.toString());
    }

    @Test
    void saysNothingOfToolsWhereThereAreNone() {
        assertThat(BedrockRequests.of(request("m", ReasoningEffort.NONE, 100)).toolConfig())
                .isNull();
    }

    @Test
    void givesBackACallWithItsInput() {
        ContentBlock block =
                block(
                        new Content.ToolUse(
                                "id1", "echo", object(json("{\"a\":[1,2.5,true,null,\"x\"]}"))));

        assertThat(block.toolUse().toolUseId()).isEqualTo("id1");
        assertThat(block.toolUse().name()).isEqualTo("echo");
        assertThat(text(block.toolUse().input())).isEqualTo("{\"a\":[1,2.5,true,null,\"x\"]}");
    }

    @Test
    void keepsTheDigitsOfNumbers() {
        String digits =
                "{\"a\":9007199254740993,\"b\":0.1000000000000000055,\"c\":123456789012345678901}";

        assertThat(
                        text(
                                block(new Content.ToolUse("id1", "echo", object(json(digits))))
                                        .toolUse()
                                        .input()))
                .isEqualTo(digits);
    }

    @Test
    void givesAnObjectAsJson() {
        ToolResultBlock result = result("{\"n\":1}", false);

        assertThat(result.toolUseId()).isEqualTo("id1");
        assertThat(result.status()).isEqualTo(ToolResultStatus.SUCCESS);
        assertThat(text(result.content().getFirst().json())).isEqualTo("{\"n\":1}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    "in words" | in words
                    [1,{"a":2}] | [1,{"a":2}]
                    42 | 42
                    true | true
                    null | null
                    """)
    void givesWhatIsNoObjectAsText(String output, String text) {
        assertThat(result(output, false).content().getFirst().text()).isEqualTo(text);
    }

    @Test
    void saysThatACallFailed() {
        ToolResultBlock result = result("\"It rains.\"", true);

        assertThat(result.status()).isEqualTo(ToolResultStatus.ERROR);
        assertThat(result.content().getFirst().text()).isEqualTo("It rains.");
    }

    @Test
    void givesBackThoughtsWithTheirSignature() {
        var thought = block(new Content.Reasoning("Hm.", "sig")).reasoningContent();

        assertThat(thought.reasoningText().text()).isEqualTo("Hm.");
        assertThat(thought.reasoningText().signature()).isEqualTo("sig");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    eu.anthropic.claude-sonnet-4-5-20250929-v1:0 | LOW    | 8192   | {"thinking":{"type":"enabled","budget_tokens":1024}}
                    anthropic.claude-opus-4-1-20250805-v1:0      | MEDIUM | 8192   | {"thinking":{"type":"enabled","budget_tokens":4096}}
                    anthropic.claude-opus-4-1-20250805-v1:0      | HIGH   | 64000  | {"thinking":{"type":"enabled","budget_tokens":16384}}
                    anthropic.claude-opus-4-1-20250805-v1:0      | HIGH   | 8192   | {"thinking":{"type":"enabled","budget_tokens":6144}}
                    us.amazon.nova-2-lite-v1:0                   | LOW    | 8192   | {"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"}}
                    openai.gpt-oss-120b-1:0                      | HIGH   | 8192   | {"reasoning_effort":"high"}
                    """)
    void asksForThoughtsInTheWordsOfTheFamily(
            String model, ReasoningEffort effort, int maxTokens, String fields) {
        ConverseStreamRequest request = BedrockRequests.of(request(model, effort, maxTokens));

        assertThat(text(request.additionalModelRequestFields())).isEqualTo(fields);
    }

    @Test
    void asksForNoThoughtsUnlessTheyAreWanted() {
        assertThat(
                        BedrockRequests.of(request("anthropic.claude", ReasoningEffort.NONE, 100))
                                .additionalModelRequestFields())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"LOW", "MEDIUM", "HIGH"})
    void leavesRoomForAnAnswerBehindTheThoughts(ReasoningEffort effort) {
        // Bedrock wants the budget to be less than the limit ("Extended thinking").
        for (int limit : new int[] {2_048, 4_096, 20_000}) {
            ConverseStreamRequest request =
                    BedrockRequests.of(request("anthropic.claude", effort, limit));
            int budget =
                    node(request.additionalModelRequestFields())
                            .path("thinking")
                            .path("budget_tokens")
                            .asInt();
            assertThat(budget).isBetween(1_024, request.inferenceConfig().maxTokens() - 1);
        }
    }

    private static ToolResultBlock result(String output, boolean isError) {
        return block(new Content.ToolResult("id1", json(output), isError)).toolResult();
    }

    private static ContentBlock block(Content content) {
        ModelRequest request =
                new ModelRequest(
                        "session-1",
                        "m",
                        "Be kind.",
                        List.of(new ModelMessage(Role.USER, List.of(content))),
                        List.of(),
                        100,
                        ReasoningEffort.NONE);
        return BedrockRequests.of(request).messages().getFirst().content().getFirst();
    }

    private static ModelRequest request(String model, ReasoningEffort effort, int maxTokens) {
        return request(model, effort, maxTokens, List.of());
    }

    private static ModelRequest request(
            String model, ReasoningEffort effort, int maxTokens, List<ModelTool> tools) {
        return new ModelRequest(
                "session-1",
                model,
                "Be kind.",
                List.of(new ModelMessage(Role.USER, List.of(new Content.Text("hi")))),
                tools,
                maxTokens,
                effort);
    }

    private static JsonNode json(String text) {
        return Json.readStored(text);
    }

    private static ObjectNode object(JsonNode json) {
        return (ObjectNode) json;
    }

    /** The document as JSON. */
    private static String text(Document document) {
        return Json.write(node(document));
    }

    private static JsonNode node(Document document) {
        var nodes = Json.MAPPER.getNodeFactory();
        if (document.isMap()) {
            var object = nodes.objectNode();
            document.asMap().forEach((key, value) -> object.set(key, node(value)));
            return object;
        }
        if (document.isList()) {
            var array = nodes.arrayNode();
            document.asList().forEach(value -> array.add(node(value)));
            return array;
        }
        if (document.isNumber()) {
            return Json.readStored(document.asNumber().stringValue());
        }
        if (document.isBoolean()) {
            return nodes.booleanNode(document.asBoolean());
        }
        return document.isNull() ? nodes.nullNode() : nodes.textNode(document.asString());
    }
}
