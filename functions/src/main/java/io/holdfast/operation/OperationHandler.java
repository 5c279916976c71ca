package io.holdfast.operation;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogSource;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.TurnId;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.CallId;

import org.slf4j.MDC;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The operation function: the actions that an operation's state machine asks for, each with {@code
 * {action, operationId, turnId, step, index}}.
 *
 * <p>{@code start} (with a {@code taskToken}) asks the outside service to do the work; {@code fail}
 * (with a {@code kind}) ends an operation that nobody has completed; {@code cancel} ends one that
 * nobody wants any more, and tells its service; they answer {@code {}}. {@code continue} goes on
 * with a conversation that did not wait, and answers {@code {outcome: "continued" | "busy" |
 * "over"}}. What may pass is thrown.
 */
public final class OperationHandler implements RequestStreamHandler {
    /** Kept back of the function's time, to say in good order that a service does not answer. */
    private static final Duration RESERVE = Duration.ofSeconds(20);

    private final OperationRunner runner;
    private final ServiceNotice notice;
    private final Continuer continuer;

    /** On Lambda. */
    public OperationHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public OperationHandler(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        URI callbackUrl = config.uri("CALLBACK_URL");
        List<String> secrets = config.list("WEBHOOK_SECRETS");
        config.check();
        Catalog catalog = CatalogSource.load(environment);
        AwsClients aws = new AwsClients(environment);
        OperationParts parts = OperationParts.from(environment, aws);
        Toolbox toolbox = parts.toolbox(catalog, environment, aws);
        this.notice = new ServiceNotice(parts, catalog, toolbox);
        this.runner =
                new OperationRunner(
                        parts,
                        catalog,
                        toolbox,
                        new OperationCompleter(parts, toolbox),
                        notice,
                        callbackUrl,
                        secrets.stream()
                                .filter(secret -> !secret.isBlank())
                                .findFirst()
                                .map(WebhookSecret::keyId)
                                .orElse(null));
        this.continuer = new Continuer(parts, parts.turns().starter(catalog));
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        JsonNode event = Json.MAPPER.readTree(input);
        OperationId id = new OperationId(event.path("operationId").asText());
        TurnId turn = new TurnId(event.path("turnId").asText());
        CallId call = new CallId(event.path("step").asInt(), event.path("index").asInt());
        MDC.put("turnId", turn.value());
        MDC.put("operationId", id.value());
        try {
            ObjectNode answer = Json.object();
            switch (event.path("action").asText()) {
                case "start" ->
                        runner.start(
                                id, turn, call, event.path("taskToken").asText(), left(context));
                case "cancel" -> notice.cancel(id, left(context));
                case "fail" ->
                        runner.fail(id, turn, call, FailureKind.of(event.path("kind").asText()));
                case "continue" ->
                        answer.put("outcome", continuer.goOn(id).name().toLowerCase(Locale.ROOT));
                default -> throw new IllegalArgumentException("no such action");
            }
            Json.MAPPER.writeValue(output, answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a service was asked", e);
        } finally {
            MDC.remove("turnId");
            MDC.remove("operationId");
        }
    }

    private static Duration left(Context context) {
        return Duration.ofMillis(context.getRemainingTimeInMillis()).minus(RESERVE);
    }
}
