package io.holdfast.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.LinkedHashMap;
import java.util.Map;

class ChunkJsonTest {
    private static final Map<Chunk, String> FORMS = forms();

    private static Map<Chunk, String> forms() {
        var metadata = Json.object().put("k", 1);
        Map<Chunk, String> forms = new LinkedHashMap<>();
        forms.put(new Chunk.Start("m", null), "{'type':'start','messageId':'m'}");
        forms.put(
                new Chunk.Start("m", metadata),
                "{'type':'start','messageId':'m','messageMetadata':{'k':1}}");
        forms.put(new Chunk.StartStep(), "{'type':'start-step'}");
        forms.put(new Chunk.ResetStep(), "{'type':'reset-step'}");
        forms.put(new Chunk.FinishStep(), "{'type':'finish-step'}");
        forms.put(new Chunk.TextStart("t"), "{'type':'text-start','id':'t'}");
        forms.put(
                new Chunk.TextDelta("t", "Grüße\n"),
                "{'type':'text-delta','id':'t','delta':'Grüße\\n'}");
        forms.put(new Chunk.TextEnd("t"), "{'type':'text-end','id':'t'}");
        forms.put(new Chunk.ReasoningStart("r"), "{'type':'reasoning-start','id':'r'}");
        forms.put(
                new Chunk.ReasoningDelta("r", "hm"),
                "{'type':'reasoning-delta','id':'r','delta':'hm'}");
        forms.put(new Chunk.ReasoningEnd("r", null), "{'type':'reasoning-end','id':'r'}");
        forms.put(
                new Chunk.ReasoningEnd("r", metadata),
                "{'type':'reasoning-end','id':'r','providerMetadata':{'k':1}}");
        forms.put(
                new Chunk.ToolInputStart("c", "weather", false),
                "{'type':'tool-input-start','toolCallId':'c','toolName':'weather'}");
        forms.put(
                new Chunk.ToolInputStart("c", "weather", true),
                "{'type':'tool-input-start','toolCallId':'c','toolName':'weather','dynamic':true}");
        forms.put(
                new Chunk.ToolInputDelta("c", "{\"a"),
                "{'type':'tool-input-delta','toolCallId':'c','inputTextDelta':'{\\'a'}");
        forms.put(
                new Chunk.ToolInputAvailable("c", "weather", false, metadata),
                "{'type':'tool-input-available','toolCallId':'c','toolName':'weather','input':{'k':1}}");
        forms.put(
                new Chunk.ToolInputAvailable("c", "weather", true, NullNode.getInstance()),
                "{'type':'tool-input-available','toolCallId':'c','toolName':'weather','dynamic':true,'input':null}");
        forms.put(
                new Chunk.ToolInputError("c", "weather", false, metadata, "no"),
                "{'type':'tool-input-error','toolCallId':'c','toolName':'weather','input':{'k':1},'errorText':'no'}");
        forms.put(
                new Chunk.ToolInputError("c", "weather", true, NullNode.getInstance(), "no"),
                "{'type':'tool-input-error','toolCallId':'c','toolName':'weather','dynamic':true,'input':null,'errorText':'no'}");
        forms.put(
                new Chunk.ToolApprovalRequest("a", "c", null),
                "{'type':'tool-approval-request','approvalId':'a','toolCallId':'c'}");
        forms.put(
                new Chunk.ToolApprovalRequest("a", "c", "It costs."),
                "{'type':'tool-approval-request','approvalId':'a','toolCallId':'c','reason':'It"
                        + " costs.'}");
        forms.put(
                new Chunk.ToolApprovalResponse("a", true, null),
                "{'type':'tool-approval-response','approvalId':'a','approved':true}");
        forms.put(
                new Chunk.ToolApprovalResponse("a", false, "No."),
                "{'type':'tool-approval-response','approvalId':'a','approved':false,'reason':'No.'}");
        forms.put(
                new Chunk.ToolOutputAvailable("c", metadata, false),
                "{'type':'tool-output-available','toolCallId':'c','output':{'k':1}}");
        forms.put(
                new Chunk.ToolOutputAvailable("c", NullNode.getInstance(), true),
                "{'type':'tool-output-available','toolCallId':'c','output':null,'preliminary':true}");
        forms.put(
                new Chunk.ToolOutputError("c", "It broke."),
                "{'type':'tool-output-error','toolCallId':'c','errorText':'It broke.'}");
        forms.put(
                new Chunk.ToolOutputDenied("c"), "{'type':'tool-output-denied','toolCallId':'c'}");
        forms.put(
                new Chunk.MessageMetadata(metadata),
                "{'type':'message-metadata','messageMetadata':{'k':1}}");
        forms.put(
                new Chunk.MessageMetadata(Json.object()),
                "{'type':'message-metadata','messageMetadata':{}}");
        forms.put(
                new Chunk.Finish(FinishReason.TOOL_CALLS, null),
                "{'type':'finish','finishReason':'tool-calls'}");
        forms.put(
                new Chunk.Finish(FinishReason.STOP, metadata),
                "{'type':'finish','finishReason':'stop','messageMetadata':{'k':1}}");
        forms.put(new Chunk.Abort("cancelled"), "{'type':'abort','reason':'cancelled'}");
        forms.put(new Chunk.Failure("Busy."), "{'type':'error','errorText':'Busy.'}");
        forms.replaceAll((chunk, json) -> json.replace('\'', '"'));
        return forms;
    }

    @Test
    void everyChunkHasItsForm() {
        FORMS.forEach(
                (chunk, json) -> {
                    assertThat(ChunkJson.write(chunk)).isEqualTo(json);
                    assertThat(ChunkJson.read(json)).isEqualTo(chunk);
                });
        assertThat(FORMS.keySet())
                .extracting(Object::getClass)
                .as("a form for each kind of chunk")
                .contains(Chunk.class.getPermittedSubclasses());
    }

    @Test
    void anAbsentFieldIsLeftOutNeverNull() {
        assertThat(ChunkJson.write(new Chunk.Start("m", NullNode.getInstance())))
                .isEqualTo("{\"type\":\"start\",\"messageId\":\"m\"}");
        assertThat(
                        ChunkJson.read(
                                "{\"type\":\"start\",\"messageId\":\"m\",\"messageMetadata\":null}"))
                .isEqualTo(new Chunk.Start("m", null));
        assertThat(
                        ChunkJson.read(
                                "{\"type\":\"tool-approval-request\",\"approvalId\":\"a\",\"toolCallId\":\"c\",\"reason\":null}"))
                .isEqualTo(new Chunk.ToolApprovalRequest("a", "c", null));
    }

    @Test
    void aFlagThatIsFalseOrAbsentIsFalse() {
        assertThat(
                        ChunkJson.read(
                                "{\"type\":\"tool-input-start\",\"toolCallId\":\"c\",\"toolName\":\"w\",\"dynamic\":false}"))
                .isEqualTo(new Chunk.ToolInputStart("c", "w", false));
    }

    @Test
    void unknownFieldsArePassedOver() {
        assertThat(ChunkJson.read("{\"type\":\"start-step\",\"new\":{\"x\":[1]}}"))
                .isEqualTo(new Chunk.StartStep());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"type":"text-delta","id":"t"}           | text-delta: delta must be a string
                    {"type":"text-delta","id":1,"delta":"x"} | text-delta: id must be a string
                    {"type":"finish","finishReason":"bored"} | finish: unknown finishReason
                    {"type":"tool-input-start","toolCallId":"c"} | tool-input-start: toolName must be a string
                    {"type":"tool-input-start","toolCallId":"c","toolName":"w","dynamic":"yes"} | tool-input-start: dynamic must be true or false
                    {"type":"tool-input-available","toolCallId":"c","toolName":"w"} | tool-input-available: input must be there
                    {"type":"tool-input-error","toolCallId":"c","toolName":"w","errorText":"x"} | tool-input-error: input must be there
                    {"type":"tool-output-available","toolCallId":"c"} | tool-output-available: output must be there
                    {"type":"tool-output-error","toolCallId":"c","errorText":null} | tool-output-error: errorText must be a string
                    {"type":"tool-approval-request","approvalId":"a","toolCallId":"c","reason":1} | tool-approval-request: reason must be a string
                    {"type":"tool-approval-response","approvalId":"a"} | tool-approval-response: approved must be true or false
                    {"type":"tool-approval-response","approvalId":"a","approved":"yes"} | tool-approval-response: approved must be true or false
                    {"type":"message-metadata"} | message-metadata: messageMetadata must be there
                    {"type":"data-secret"}                   | unknown chunk type
                    {"id":"t"}                               | a chunk must be an object with a type
                    ["start-step"]                           | a chunk must be an object with a type
                    {"type":"start-step"} x                  | a chunk must be JSON
                    {"type":                                 | a chunk must be JSON
                    """)
    void whatIsNoChunkIsRefused(String json, String reason) {
        assertThatThrownBy(() -> ChunkJson.read(json))
                .isInstanceOf(InvalidChunkException.class)
                .hasMessageStartingWith(reason)
                .hasMessageNotContaining("secret");
    }
}
