package io.holdfast.local;

import io.holdfast.local.gateway.Gateway;
import io.holdfast.local.gateway.PortTakenException;
import io.holdfast.local.lambda.FunctionStartException;
import io.holdfast.local.redis.RedisStartException;
import io.holdfast.local.template.TemplateException;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** The template, running on this machine. */
public final class LocalSystem implements AutoCloseable {
    private final Parts parts;
    private final Gateway gateway;
    private final Map<String, URI> endpoints;

    LocalSystem(Parts parts, Gateway gateway, Map<String, URI> endpoints) {
        this.parts = parts;
        this.gateway = gateway;
        this.endpoints = Map.copyOf(endpoints);
    }

    /**
     * Starts everything, and returns when it answers.
     *
     * @throws StartException if it cannot, in words for a person; nothing is left running then
     */
    public static LocalSystem start(LocalSettings settings) {
        return start(settings, line -> {});
    }

    /**
     * Starts everything, and returns when it answers.
     *
     * @param progress is told what has started and how long it took, and every warning, a line each
     * @throws StartException if it cannot, in words for a person; nothing is left running then
     */
    public static LocalSystem start(LocalSettings settings, Consumer<String> progress) {
        Parts parts = new Parts(progress);
        try {
            return new Assembly(settings, parts, progress).run();
        } catch (RuntimeException e) {
            parts.close();
            Throwable cause =
                    e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            throw explained(cause);
        }
    }

    /** Expected failures explain themselves; what remains is a fault of ours. */
    private static RuntimeException explained(Throwable cause) {
        return switch (cause) {
            case StartException e -> e;
            case TemplateException e -> new StartException("", e);
            case FunctionStartException e -> new StartException("", e);
            case RedisStartException e -> new StartException("Redis cannot start: ", e);
            case PortTakenException e ->
                    new StartException(e.getMessage() + "; HOLDFAST_PORT chooses another");
            default -> new IllegalStateException("The local system did not start: " + cause, cause);
        };
    }

    /** Where the page, the HTTP API and, under {@code /ws}, the WebSocket API are. */
    public URI url() {
        return gateway.url();
    }

    /** The gateway, whose connections tests may cut. */
    public Gateway gateway() {
        return gateway;
    }

    /** The URL of each AWS service that runs, by the names of {@code GET /local/endpoints}. */
    public Map<String, URI> endpoints() {
        return endpoints;
    }

    /** Ends everything, Redis too, within seconds. */
    @Override
    public void close() {
        parts.close();
    }
}
