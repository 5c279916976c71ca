package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.TurnId;
import io.holdfast.tool.OperationStart;
import io.holdfast.tool.OperationStart.Started;
import io.holdfast.tool.ToolCall;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.CallId;
import io.holdfast.turn.Operations;
import io.holdfast.turn.Turn;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Begins operations at outside services, and ends those that nobody completes. */
final class OperationRunner {
    private static final Logger LOG = LoggerFactory.getLogger(OperationRunner.class);

    /** Nobody waits with it. */
    private static final String NO_TOKEN = "none";

    /** The name of what a service says in answer to the start: no delivery has one like it. */
    private static final String STARTED = "the start's answer";

    private final OperationStore store;
    private final OperationEnder ender;
    private final Operations calls;
    private final Catalog catalog;
    private final Toolbox toolbox;
    private final URI callbackUrl;
    private final @Nullable String keyId;
    private final OperationCompleter completer;
    private final ServiceNotice notice;
    private final OperationNews news;
    private final InstantSource clock;

    OperationRunner(
            OperationParts parts,
            Catalog catalog,
            Toolbox toolbox,
            OperationCompleter completer,
            ServiceNotice notice,
            URI callbackUrl,
            @Nullable String keyId) {
        this.store = parts.store();
        this.ender = parts.ender();
        this.calls = parts.calls();
        this.news = parts.news();
        this.clock = parts.turns().clock();
        this.catalog = catalog;
        this.toolbox = toolbox;
        this.completer = completer;
        this.notice = notice;
        this.callbackUrl = callbackUrl;
        this.keyId = keyId;
    }

    /**
     * Asks the outside service to do the work.
     *
     * @param taskToken what the execution waits with
     * @param within how long that may take
     */
    void start(OperationId id, TurnId turnId, CallId callId, String taskToken, Duration within)
            throws InterruptedException {
        Operations.Wanted call = calls.find(turnId, callId).orElseThrow();
        if (!call.wanted()) {
            ender.wake(id, taskToken);
            return;
        }
        Turn turn = call.turn();
        Operation operation = operation(id, callId, call, taskToken);
        // In the record before the service knows of it: its completion may be faster than we are.
        if (!store.begin(operation)) {
            // It has ended since, and whoever ended it knew only the token of an earlier start.
            ender.wake(id, taskToken);
            tellIfCancelled(id, within);
            return;
        }
        news.tell(operation);
        calls.begin(turnId, callId);
        Assistant assistant =
                catalog.assistant(turn.choice().assistant())
                        .or(() -> catalog.assistant(catalog.defaultAssistant()))
                        .orElseThrow();
        Optional<OperationStart> tool = toolbox.start(assistant, call.tool());
        if (tool.isEmpty()) {
            var _ =
                    ender.fail(
                            operation,
                            FailureKind.UNKNOWN,
                            "The tool is not available any more.",
                            STARTED);
            return;
        }
        Duration patience =
                toolbox.find(assistant, call.tool())
                        .map(found -> found.spec().timeout())
                        .filter(timeout -> timeout.compareTo(within) < 0)
                        .orElse(within);
        Instant deadline = clock.instant().plus(patience);
        ToolCall toolCall =
                new ToolCall(
                        call.toolCallId(),
                        call.key(),
                        turnId,
                        turn.session(),
                        turn.user(),
                        call.input(),
                        deadline);
        switch (tool.get().start(toolCall, id, callback(id))) {
            case Started.Accepted() -> {
                LOG.info("The work of {} is taken", id);
                tellIfCancelled(id, within);
            }
            case Started.Completed(JsonNode result) -> {
                var _ = completer.complete(operation, result, STARTED, deadline);
            }
            case Started.Refused(String kind, String message) -> {
                LOG.warn("The work of {} is not taken: {}", id, kind);
                var _ = ender.fail(operation, FailureKind.of(kind), message, STARTED);
            }
        }
    }

    /** A cancel may have come to the service before it knew of the work. */
    private void tellIfCancelled(OperationId id, Duration within) throws InterruptedException {
        Optional<Operation> now = store.find(id).filter(Operation::isCancelledByOwner);
        if (now.isPresent()) {
            notice.tell(now.get(), within);
        }
    }

    /** Ends an operation that nobody has completed. */
    void fail(OperationId id, TurnId turn, CallId call, FailureKind kind) {
        Optional<Operation> operation = store.find(id);
        if (operation.isPresent()) {
            var _ = ender.fail(operation.get(), kind, kind.words(), null);
            return;
        }
        // It could not even be begun: now it is in the record, and nobody begins it later.
        Operations.Wanted wanted = calls.find(turn, call).orElseThrow();
        Operation never = operation(id, call, wanted, NO_TOKEN);
        var _ = store.begin(never);
        var _ = ender.fail(never, kind, kind.words(), null);
    }

    private Operation operation(
            OperationId id, CallId callId, Operations.Wanted call, String taskToken) {
        Turn turn = call.turn();
        return new Operation(
                id,
                turn.id(),
                callId,
                call.toolCallId(),
                turn.session(),
                turn.user(),
                call.tool(),
                call.detached(),
                clock.instant(),
                null,
                null,
                taskToken,
                null);
    }

    private OperationStart.Callback callback(OperationId id) {
        String base = callbackUrl.toString().replaceAll("/+$", "") + "/operations/" + id;
        return new OperationStart.Callback(
                URI.create(base + "/complete"), URI.create(base + "/progress"), keyId);
    }
}
