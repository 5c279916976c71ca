package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.Json;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One run of a state machine. It closes once; whatever still runs then is told to stop, and what it
 * brings is ignored.
 */
final class Execution {
    /** As on AWS, where an execution fails that would pass it. */
    static final int MAX_EVENTS = 25_000;

    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

    enum Status {
        RUNNING,
        SUCCEEDED,
        FAILED,
        TIMED_OUT,
        ABORTED
    }

    /** How an execution ended. */
    record End(
            Status status,
            Instant time,
            @Nullable String output,
            @Nullable String error,
            @Nullable String cause) {}

    final StatesEngine engine;
    final StateMachine machine;
    final String arn;
    final String name;
    final Payload input;
    final Instant started;

    /** Completed, never exceptionally, when the execution has closed. */
    final CompletableFuture<End> closed = new CompletableFuture<>();

    private final Strand root;
    private final List<HistoryEvent> events = new ArrayList<>();
    private @Nullable End end;
    private Timer.@Nullable Alarm timeout;

    Execution(StatesEngine engine, StateMachine machine, String arn, String name, Payload input) {
        this.engine = engine;
        this.machine = machine;
        this.arn = arn;
        this.name = name;
        this.input = input;
        this.started = engine.settings.timer().instant();
        this.root = new Strand(this, null, null);
        ObjectNode details =
                Json.object().put("input", input.text()).put("roleArn", machine.roleArn());
        details.set("inputDetails", Json.object().put("truncated", false));
        events.add(
                new HistoryEvent(
                        1,
                        0,
                        started,
                        "ExecutionStarted",
                        "executionStartedEventDetails",
                        details));
    }

    void start() {
        Integer seconds = machine.definition().timeoutSeconds();
        if (seconds != null) {
            Timer.Alarm alarm =
                    engine.settings.timer().schedule(started.plusSeconds(seconds), this::timeOut);
            synchronized (this) {
                timeout = alarm;
            }
        }
        Thread.ofVirtual().name("execution-" + name).start(this::run);
    }

    private void run() {
        try {
            Payload output = root.run(machine.definition().flow(), input);
            close(Status.SUCCEEDED, root.lastEvent(), output.text(), null, null);
        } catch (StateFailure e) {
            close(Status.FAILED, root.lastEvent(), null, e.reportedError(), e.reason());
        } catch (Aborted e) {
            // Whoever closed the execution has said why.
        } catch (RuntimeException | Error e) {
            LOG.error("The engine failed in execution {}", arn, e);
            close(
                    Status.FAILED,
                    root.lastEvent(),
                    null,
                    ErrorNames.RUNTIME,
                    "The engine failed: " + e);
        }
    }

    private void timeOut() {
        close(Status.TIMED_OUT, 0, null, null, null);
    }

    /** Ends the execution, unless it has ended: then nothing happens. */
    void stop(@Nullable String error, @Nullable String cause) {
        close(Status.ABORTED, 0, null, error, cause);
    }

    private void close(
            Status status,
            long previous,
            @Nullable String output,
            @Nullable String error,
            @Nullable String cause) {
        End made;
        synchronized (this) {
            if (end != null) {
                return;
            }
            made = new End(status, engine.settings.timer().instant(), output, error, cause);
            ObjectNode details = Json.object();
            if (output != null) {
                details.put("output", output);
                details.set("outputDetails", Json.object().put("truncated", false));
            }
            if (error != null) {
                details.put("error", error);
            }
            if (cause != null) {
                details.put("cause", cause);
            }
            String type =
                    switch (status) {
                        case SUCCEEDED -> "Succeeded";
                        case FAILED -> "Failed";
                        case TIMED_OUT -> "TimedOut";
                        case ABORTED -> "Aborted";
                        case RUNNING -> throw new IllegalArgumentException("not an end");
                    };
            add(previous, "Execution" + type, "execution" + type + "EventDetails", details);
            end = made;
            if (timeout != null) {
                timeout.cancel();
            }
        }
        root.abort();
        engine.closed(this);
        closed.complete(made);
    }

    /**
     * Adds an event.
     *
     * @return its id
     * @throws Aborted if the execution has closed, or closes because its history is full
     */
    long append(long previous, String type, @Nullable String detailsName, ObjectNode details) {
        synchronized (this) {
            if (end != null) {
                throw new Aborted();
            }
            if (events.size() < MAX_EVENTS - 1) {
                return add(previous, type, detailsName, details);
            }
        }
        close(
                Status.FAILED,
                previous,
                null,
                ErrorNames.RUNTIME,
                "The execution reached the maximum number of history events (" + MAX_EVENTS + ").");
        throw new Aborted();
    }

    private long add(long previous, String type, @Nullable String detailsName, ObjectNode details) {
        long id = events.size() + 1L;
        Instant now = engine.settings.timer().instant();
        events.add(new HistoryEvent(id, previous, now, type, detailsName, details));
        return id;
    }

    synchronized Status status() {
        return end == null ? Status.RUNNING : end.status();
    }

    synchronized @Nullable End end() {
        return end;
    }

    synchronized List<HistoryEvent> events() {
        return List.copyOf(events);
    }

    JsonNode inputJson() {
        return input.json();
    }
}
