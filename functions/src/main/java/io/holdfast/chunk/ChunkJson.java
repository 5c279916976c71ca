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
                            "tool-input-start",
                            Chunk.ToolInputStart.class,
                            (chunk, json) -> {
                                json.put("toolCallId", chunk.toolCallId());
                                json.put("toolName", chunk.toolName());
                                putTrue(json, "dynamic", chunk.dynamic());
                            },
                            in ->
                                    new Chunk.ToolInputStart(
                                            in.text("toolCallId"),
                                            in.text("toolName"),
                                            in.flag("dynamic"))),
                    new Form<>(
                            "tool-input-delta",
                            Chunk.ToolInputDelta.class,
                            (chunk, json) ->
                                    json.put("toolCallId", chunk.toolCallId())
                                            .put("inputTextDelta", chunk.inputTextDelta()),
                            in ->
                                    new Chunk.ToolInputDelta(
                                            in.text("toolCallId"), in.text("inputTextDelta"))),
                    new Form<>(
                            "tool-input-available",
                            Chunk.ToolInputAvailable.class,
                            (chunk, json) -> {
                                json.put("toolCallId", chunk.toolCallId());
                                json.put("toolName", chunk.toolName());
                                putTrue(json, "dynamic", chunk.dynamic());
                                json.set("input", chunk.input());
                            },
                            in ->
                                    new Chunk.ToolInputAvailable(
                                            in.text("toolCallId"),
                                            in.text("toolName"),
                                            in.flag("dynamic"),
                                            in.any("input"))),
                    new Form<>(
                            "tool-input-error",
                            Chunk.ToolInputError.class,
                            (chunk, json) -> {
                                json.put("toolCallId", chunk.toolCallId());
                                json.put("toolName", chunk.toolName());
                                putTrue(json, "dynamic", chunk.dynamic());
                                json.set("input", chunk.input());
                                json.put("errorText", chunk.errorText());
                            },
                            in ->
                                    new Chunk.ToolInputError(
                                            in.text("toolCallId"),
                                            in.text("toolName"),
                                            in.flag("dynamic"),
                                            in.any("input"),
                                            in.text("errorText"))),
                    new Form<>(
                            "tool-approval-request",
                            Chunk.ToolApprovalRequest.class,
                            (chunk, json) -> {
                                json.put("approvalId", chunk.approvalId());
                                json.put("toolCallId", chunk.toolCallId());
                                putPresent(json, "reason", chunk.reason());
                            },
                            in ->
                                    new Chunk.ToolApprovalRequest(
                                            in.text("approvalId"),
                                            in.text("toolCallId"),
                                            in.optionalText("reason"))),
                    new Form<>(
                            "tool-approval-response",
                            Chunk.ToolApprovalResponse.class,
                            (chunk, json) -> {
                                json.put("approvalId", chunk.approvalId());
                                json.put("approved", chunk.approved());
                                putPresent(json, "reason", chunk.reason());
                            },
                            in ->
                                    new Chunk.ToolApprovalResponse(
                                            in.text("approvalId"),
                                            in.truth("approved"),
                                            in.optionalText("reason"))),
                    new Form<>(
                            "tool-output-available",
                            Chunk.ToolOutputAvailable.class,
                            (chunk, json) -> {
                                json.put("toolCallId", chunk.toolCallId());
                                json.set("output", chunk.output());
                                putTrue(json, "preliminary", chunk.preliminary());
                            },
                            in ->
                                    new Chunk.ToolOutputAvailable(
                                            in.text("toolCallId"),
                                            in.any("output"),
                                            in.flag("preliminary"))),
                    new Form<>(
                            "tool-output-error",
                            Chunk.ToolOutputError.class,
                            (chunk, json) ->
                                    json.put("toolCallId", chunk.toolCallId())
                                            .put("errorText", chunk.errorText()),
                            in ->
                                    new Chunk.ToolOutputError(
                                            in.text("toolCallId"), in.text("errorText"))),
                    new Form<>(
                            "tool-output-denied",
                            Chunk.ToolOutputDenied.class,
                            (chunk, json) -> json.put("toolCallId", chunk.toolCallId()),
                            in -> new Chunk.ToolOutputDenied(in.text("toolCallId"))),
                    new Form<>(
                            "message-metadata",
                            Chunk.MessageMetadata.class,
                            (chunk, json) -> json.set("messageMetadata", chunk.messageMetadata()),
                            in -> new Chunk.MessageMetadata(in.any("messageMetadata"))),
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
        return form.reader().apply(new ChunkFields(form.name(), json));
    }

    private static <C extends Chunk> Form<C> bare(String name, Class<C> kind, C chunk) {
        return new Form<>(name, kind, (c, json) -> {}, in -> chunk);
    }

    private static void putPresent(ObjectNode json, String field, @Nullable JsonNode value) {
        if (value != null && !value.isNull()) {
            json.set(field, value);
        }
    }

    private static void putPresent(ObjectNode json, String field, @Nullable String value) {
        if (value != null) {
            json.put(field, value);
        }
    }

    private static void putTrue(ObjectNode json, String field, boolean value) {
        if (value) {
            json.put(field, true);
        }
    }

    private record Form<C extends Chunk>(
            String name,
            Class<C> kind,
            BiConsumer<C, ObjectNode> writer,
            Function<ChunkFields, C> reader) {

        ObjectNode toJson(Chunk chunk) {
            ObjectNode json = Json.object().put("type", name);
            writer.accept(kind.cast(chunk), json);
            return json;
        }
    }
}
