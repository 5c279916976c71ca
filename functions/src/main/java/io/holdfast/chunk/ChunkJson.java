package io.holdfast.chunk;

import static java.util.function.Function.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@link Chunk}s as the AI SDK's JSON, and back.
 *
 * <p>A field that is absent is left out, never {@code null}: the client closes its socket at a
 * {@code null} in an optional field.
 */
public final class ChunkJson {
    /** Every form of a chunk: its name on the wire, how it is written, how it is read. */
    private static final List<Form<?>> FORMS =
            List.of(
                    new Form<>(
                            "start",
                            Chunk.Start.class,
                            (chunk, json) -> {
                                json.put("messageId", chunk.messageId());
                                putPresent(json, "messageMetadata", chunk.messageMetadata());
                            },
                            in ->
                                    new Chunk.Start(
                                            in.text("messageId"), in.optional("messageMetadata"))),
                    bare("start-step", Chunk.StartStep.class, new Chunk.StartStep()),
                    bare("reset-step", Chunk.ResetStep.class, new Chunk.ResetStep()),
                    bare("finish-step", Chunk.FinishStep.class, new Chunk.FinishStep()),
                    new Form<>(
                            "text-start",
                            Chunk.TextStart.class,
                            (chunk, json) -> json.put("id", chunk.id()),
                            in -> new Chunk.TextStart(in.text("id"))),
                    new Form<>(
                            "text-delta",
                            Chunk.TextDelta.class,
                            (chunk, json) -> json.put("id", chunk.id()).put("delta", chunk.delta()),
                            in -> new Chunk.TextDelta(in.text("id"), in.text("delta"))),
                    new Form<>(
                            "text-end",
                            Chunk.TextEnd.class,
                            (chunk, json) -> json.put("id", chunk.id()),
                            in -> new Chunk.TextEnd(in.text("id"))),
                    new Form<>(
                            "reasoning-start",
                            Chunk.ReasoningStart.class,
                            (chunk, json) -> json.put("id", chunk.id()),
                            in -> new Chunk.ReasoningStart(in.text("id"))),
                    new Form<>(
                            "reasoning-delta",
                            Chunk.ReasoningDelta.class,
                            (chunk, json) -> json.put("id", chunk.id()).put("delta", chunk.delta()),
                            in -> new Chunk.ReasoningDelta(in.text("id"), in.text("delta"))),
                    new Form<>(
                            "reasoning-end",
                            Chunk.ReasoningEnd.class,
                            (chunk, json) -> {
                                json.put("id", chunk.id());
                                putPresent(json, "providerMetadata", chunk.providerMetadata());
                            },
                            in ->
                                    new Chunk.ReasoningEnd(
                                            in.text("id"), in.optional("providerMetadata"))),
                    new Form<>(
                            "finish",
                            Chunk.Finish.class,
                            (chunk, json) -> {
                                json.put("finishReason", chunk.finishReason().wireName());
                                putPresent(json, "messageMetadata", chunk.messageMetadata());
                            },
                            in ->
                                    new Chunk.Finish(
                                            in.finishReason(), in.optional("messageMetadata"))),
                    new Form<>(
                            "abort",
                            Chunk.Abort.class,
                            (chunk, json) -> json.put("reason", chunk.reason()),
                            in -> new Chunk.Abort(in.text("reason"))),
                    new Form<>(
                            "error",
                            Chunk.Failure.class,
                            (chunk, json) -> json.put("errorText", chunk.errorText()),
                            in -> new Chunk.Failure(in.text("errorText"))));

    private static final Map<Class<?>, Form<?>> BY_CLASS =
            FORMS.stream().collect(Collectors.toUnmodifiableMap(Form::kind, identity()));
    private static final Map<String, Form<?>> BY_NAME =
            FORMS.stream().collect(Collectors.toUnmodifiableMap(Form::name, identity()));

    private ChunkJson() {}

    /** The chunk as one line of JSON. */
    public static String write(Chunk chunk) {
        Form<?> form = BY_CLASS.get(chunk.getClass());
        if (form == null) {
            throw new IllegalStateException("no JSON form for " + chunk.getClass().getName());
        }
        return Json.write(form.toJson(chunk));
    }

    /**
     * Reads a chunk; fields that Holdfast does not know are passed over.
     *
     * @throws InvalidChunkException if it is not JSON, of no known type, or lacks a field
     */
    public static Chunk read(String text) {
        try {
            return read(Json.read(text));
        } catch (JsonProcessingException e) {
            throw new InvalidChunkException("a chunk must be JSON: " + e.getOriginalMessage());
        }
    }

    private static Chunk read(JsonNode json) {
        JsonNode type = json.path("type");
        if (!type.isTextual()) {
            throw new InvalidChunkException("a chunk must be an object with a type");
        }
        Form<?> form = BY_NAME.get(type.textValue());
        if (form == null) {
            throw new InvalidChunkException("unknown chunk type");
        }
        return form.reader().apply(new Fields(form.name(), json));
    }

    private static <C extends Chunk> Form<C> bare(String name, Class<C> kind, C chunk) {
        return new Form<>(name, kind, (c, json) -> {}, in -> chunk);
    }

    private static void putPresent(ObjectNode json, String field, @Nullable JsonNode value) {
        if (value != null && !value.isNull()) {
            json.set(field, value);
        }
    }

    private record Form<C extends Chunk>(
            String name,
            Class<C> kind,
            BiConsumer<C, ObjectNode> writer,
            Function<Fields, C> reader) {

        ObjectNode toJson(Chunk chunk) {
            ObjectNode json = Json.object().put("type", name);
            writer.accept(kind.cast(chunk), json);
            return json;
        }
    }

    /** The fields of a chunk that is being read. */
    private record Fields(String type, JsonNode json) {

        String text(String field) {
            JsonNode value = json.path(field);
            if (!value.isTextual()) {
                throw new InvalidChunkException(type + ": " + field + " must be a string");
            }
            return value.textValue();
        }

        @Nullable JsonNode optional(String field) {
            JsonNode value = json.get(field);
            return value == null || value.isNull() ? null : value;
        }

        FinishReason finishReason() {
            String name = text("finishReason");
            for (FinishReason reason : FinishReason.values()) {
                if (reason.wireName().equals(name)) {
                    return reason;
                }
            }
            throw new InvalidChunkException(type + ": unknown finishReason");
        }
    }
}
