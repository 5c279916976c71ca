package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Says how the API is, for those who watch over it: by itself, or with what it stands on. */
final class HealthRoutes implements Route.Group {
    private static final Logger LOG = LoggerFactory.getLogger(HealthRoutes.class);

    /** Everybody may ask, so what was found is told to all who ask meanwhile. */
    private static final Duration KEPT = Duration.ofSeconds(5);

    /** What takes longer is not well: each answers in milliseconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Map<String, Runnable> checks;
    private final InstantSource clock;
    private @Nullable Found found;

    /** What was found, and until when it is told. */
    private record Found(Map<String, Boolean> parts, Instant until) {}

    /**
     * Watches over these.
     *
     * @param checks by the parts' names; one that throws says that its part is not well
     */
    HealthRoutes(Map<String, Runnable> checks, InstantSource clock) {
        this.checks = new LinkedHashMap<>(checks);
        this.clock = clock;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of("GET /health", this::answer);
    }

    /** {@code GET /health?deep=true}: {@code {status, parts?}}, 503 if a part does not answer. */
    HttpResponse answer(HttpRequest request) {
        String deep = request.queryParameter("deep").orElse("false");
        if (!List.of("true", "false").contains(deep)) {
            return HttpResponse.invalid("deep must be true or false.");
        }
        ObjectNode health = Json.object().put("status", "ok");
        if (deep.equals("false")) {
            return HttpResponse.ok(health);
        }
        Map<String, Boolean> parts = parts();
        List<String> away =
                parts.entrySet().stream()
                        .filter(part -> !part.getValue())
                        .map(Map.Entry::getKey)
                        .toList();
        if (!away.isEmpty()) {
            return HttpResponse.problem(
                    Problem.UNHEALTHY, "No answer from: " + String.join(", ", away) + ".");
        }
        ObjectNode json = health.putObject("parts");
        parts.keySet().forEach(part -> json.put(part, "ok"));
        return HttpResponse.ok(health);
    }

    private synchronized Map<String, Boolean> parts() {
        Found before = found;
        if (before != null && clock.instant().isBefore(before.until())) {
            return before.parts();
        }
        Map<String, Boolean> parts = look();
        found = new Found(parts, clock.instant().plus(KEPT));
        return parts;
    }

    private Map<String, Boolean> look() {
        Map<String, Boolean> parts = new LinkedHashMap<>();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Map<String, Future<?>> asked = new LinkedHashMap<>();
        checks.forEach((part, check) -> asked.put(part, threads.submit(check)));
        Instant deadline = clock.instant().plus(PATIENCE);
        asked.forEach((part, answer) -> parts.put(part, answers(part, answer, deadline)));
        // Whoever has not answered is not waited for.
        threads.shutdownNow();
        return parts;
    }

    private boolean answers(String part, Future<?> answer, Instant deadline) {
        try {
            long left = Duration.between(clock.instant(), deadline).toMillis();
            var _ = answer.get(Math.max(0, left), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            LOG.error("The health check of {} has failed", part, e.getCause());
            return false;
        } catch (TimeoutException e) {
            LOG.error("The health check of {} takes too long", part);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
