package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.ToolConfig;
import io.holdfast.assistant.ToolKind;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Json;
import io.holdfast.tool.Menu;
import io.holdfast.tool.Offer;
import io.holdfast.tool.Prompt;
import io.holdfast.tool.PromptAnswer;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.Caller;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What can be chosen: assistants, their tools, and prompts of MCP servers. */
final class AssistantRoutes implements Route.Group {
    private final Catalog catalog;
    private final Supplier<Toolbox> toolbox;
    private final Ids ids;

    /**
     * Shows a catalog.
     *
     * @param toolbox its tools, put together when they are first asked for
     */
    AssistantRoutes(Catalog catalog, Supplier<Toolbox> toolbox, Ids ids) {
        this.catalog = catalog;
        this.toolbox = toolbox;
        this.ids = ids;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "GET /assistants",
                guard.caller((caller, request) -> HttpResponse.ok(assistants())),
                "GET /tools",
                guard.caller(this::tools),
                "GET /prompts",
                guard.caller((caller, request) -> prompts()),
                "POST /prompts/{name}",
                guard.caller((caller, request) -> prompt(request)));
    }

    /** {@code {items, default}}: what a frontend may show; what the model is told is not. */
    private ObjectNode assistants() {
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        catalog.assistants().values().stream()
                .sorted(Comparator.comparing(Assistant::name))
                .forEach(assistant -> items.add(view(assistant)));
        return answer.put("default", catalog.defaultAssistant());
    }

    private static ObjectNode view(Assistant assistant) {
        ObjectNode view =
                Json.object()
                        .put("name", assistant.name())
                        .put("model", assistant.model())
                        .put("reasoningEffort", assistant.reasoningEffort().wireName());
        ArrayNode tools = view.putArray("tools");
        assistant.tools().forEach(tools::add);
        ObjectNode overrides = view.putObject("overrides");
        ArrayNode models = overrides.putArray("models");
        assistant.overrides().models().forEach(models::add);
        ArrayNode efforts = overrides.putArray("reasoningEfforts");
        assistant.overrides().reasoningEfforts().stream()
                .sorted()
                .forEach(effort -> efforts.add(effort.wireName()));
        return view;
    }

    /**
     * {@code GET /tools?assistant=}: {@code {assistant, items, silent}}: the tools that the
     * assistant may use for this caller.
     */
    private HttpResponse tools(Caller caller, HttpRequest request) {
        Optional<Assistant> assistant =
                catalog.assistant(
                        request.queryParameter("assistant").orElse(catalog.defaultAssistant()));
        if (assistant.isEmpty()) {
            return HttpResponse.invalid("There is no such assistant.");
        }
        Menu<Offer> menu = toolbox.get().menu(assistant.get(), caller.roles());
        ObjectNode answer = Json.object().put("assistant", assistant.get().name());
        ArrayNode items = answer.putArray("items");
        menu.items().forEach(offer -> items.add(view(offer)));
        return HttpResponse.ok(putSilent(answer, menu));
    }

    private ObjectNode view(Offer offer) {
        ObjectNode view =
                Json.object()
                        .put("name", offer.spec().name())
                        .put("kind", kind(catalog.tools().get(offer.spec().name())))
                        .put("description", offer.spec().description())
                        .put("risk", offer.spec().risk().wireName())
                        .put("asks", offer.asks());
        if (offer.spec().operation() != null) {
            view.put("operation", offer.spec().operation().mode().name().toLowerCase(Locale.ROOT));
        }
        return view;
    }

    /** Which is not configured by itself is an MCP server's. */
    private static String kind(@Nullable ToolConfig config) {
        return config == null
                ? "mcp"
                : switch (config.kind()) {
                    case ToolKind.Builtin builtin -> "builtin";
                    case ToolKind.Lambda lambda -> "lambda";
                    case ToolKind.Http http -> "http";
                };
    }

    private HttpResponse prompts() {
        try {
            Menu<Prompt> menu = toolbox.get().prompts();
            ObjectNode answer = Json.object();
            ArrayNode items = answer.putArray("items");
            menu.items().forEach(prompt -> items.add(view(prompt)));
            return HttpResponse.ok(putSilent(answer, menu));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static ObjectNode view(Prompt prompt) {
        ObjectNode view = Json.object().put("name", prompt.name()).put("server", prompt.server());
        putIfThere(view, "title", prompt.title());
        putIfThere(view, "description", prompt.description());
        ArrayNode arguments = view.putArray("arguments");
        for (Prompt.Argument argument : prompt.arguments()) {
            ObjectNode one = arguments.addObject().put("name", argument.name());
            putIfThere(one, "description", argument.description());
            one.put("required", argument.required());
        }
        return view;
    }

    /** {@code POST /prompts/{name} {arguments?}}: {@code {messages}}, ready to be shown or sent. */
    private HttpResponse prompt(HttpRequest request) {
        Optional<Map<String, String>> arguments =
                request.jsonBody().flatMap(AssistantRoutes::arguments);
        if (arguments.isEmpty()) {
            return HttpResponse.invalid("Send {\"arguments\": {…}}, whose values are texts.");
        }
        try {
            return switch (toolbox.get().prompt(request.pathParameter("name"), arguments.get())) {
                case PromptAnswer.Said(List<PromptAnswer.Line> lines) -> {
                    ObjectNode answer = Json.object();
                    ArrayNode messages = answer.putArray("messages");
                    lines.forEach(line -> messages.add(message(line)));
                    yield HttpResponse.ok(answer);
                }
                case PromptAnswer.Unknown() ->
                        HttpResponse.problem(Problem.NOT_FOUND, "There is no such prompt.");
                case PromptAnswer.Invalid(String reason) -> HttpResponse.invalid(reason + ".");
                case PromptAnswer.Failed(String reason) ->
                        HttpResponse.problem(Problem.BAD_GATEWAY, reason + ".");
            };
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private ObjectNode message(PromptAnswer.Line line) {
        return UiMessageJson.write(
                new UiMessage(
                        ids.message(),
                        line.role(),
                        List.of(new MessagePart.Text(line.text())),
                        null));
    }

    /** Empty if they are anything but texts by their names. */
    private static Optional<Map<String, String>> arguments(ObjectNode body) {
        JsonNode given = body.path("arguments");
        if (!given.isObject() && !given.isMissingNode()) {
            return Optional.empty();
        }
        Map<String, String> arguments = new HashMap<>();
        for (Map.Entry<String, JsonNode> argument : given.properties()) {
            if (!argument.getValue().isTextual()) {
                return Optional.empty();
            }
            arguments.put(argument.getKey(), argument.getValue().textValue());
        }
        return Optional.of(arguments);
    }

    private static ObjectNode putSilent(ObjectNode answer, Menu<?> menu) {
        ArrayNode silent = answer.putArray("silent");
        menu.silent().forEach(silent::add);
        return answer;
    }

    private static void putIfThere(ObjectNode node, String field, @Nullable String text) {
        if (text != null) {
            node.put(field, text);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while MCP servers were asked", e);
    }
}
