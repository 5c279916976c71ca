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
