package io.holdfast.operation;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.operation.Operation.Outcome;
import io.holdfast.platform.OperationId;
import io.holdfast.tool.OperationStart;
import io.holdfast.tool.OperationStart.Told;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.Operations;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Tells outside services that nobody waits for their work any more. */
final class ServiceNotice {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceNotice.class);

    /** The refusals that may pass. */
    private static final Set<FailureKind> PASSING =
            Set.of(FailureKind.UNREACHABLE, FailureKind.RATE_LIMITED, FailureKind.TIMEOUT);

    private final OperationStore store;
    private final OperationEnder ender;
    private final Operations calls;
    private final Catalog catalog;
    private final Toolbox toolbox;
    private final InstantSource clock;

    ServiceNotice(OperationParts parts, Catalog catalog, Toolbox toolbox) {
        this.store = parts.store();
        this.ender = parts.ender();
        this.calls = parts.calls();
        this.catalog = catalog;
        this.toolbox = toolbox;
        this.clock = parts.turns().clock();
    }

    /**
     * Ends an operation as cancelled, unless it has ended, and tells its service if that has not
     * said the last word itself.
     *
     * @param within how long that may take
     * @throws IllegalStateException if the service cannot be told now: it can be tried again
     */
    void cancel(OperationId id, Duration within) throws InterruptedException {
        Optional<Operation> operation = store.find(id);
        if (operation.isEmpty()) {
            // It was not even begun, and will not be: nobody wants it any more.
            LOG.info("There is nothing to cancel of {}", id);
            return;
        }
        var _ = ender.cancel(operation.get());
        tell(store.find(id).orElseThrow(), within);
    }

    /** Tells the service of an operation that has ended without it. */
    void tell(Operation operation, Duration within) throws InterruptedException {
        if (operation.endedBy() != null
                || !(operation.outcome() instanceof Outcome.Failed(FailureKind kind, var words))) {
            return;
        }
        Optional<OperationStart> service = toolbox.start(assistant(operation), operation.tool());
        if (service.isEmpty()) {
            LOG.warn("The tool of {} is not available any more: nobody is told", operation.id());
            return;
        }
        Told told =
                service.get()
                        .cancel(
                                operation.id(),
                                operation.call().key(operation.turn()),
                                kind.wireName(),
                                clock.instant().plus(within));
        switch (told) {
            case Told.Done() -> LOG.info("The service of {} knows that it is over", operation.id());
            case Told.NotConfigured() -> {}
            case Told.Refused(String refusal, String message) -> {
                if (PASSING.contains(FailureKind.of(refusal))) {
                    throw new IllegalStateException(
                            "The service of %s cannot be told: %s"
                                    .formatted(operation.id(), refusal));
                }
                LOG.warn("The service of {} does not take a cancel: {}", operation.id(), refusal);
            }
        }
    }

    /** Whose tool it was; the default's, if the turn is not there any more. */
    private Assistant assistant(Operation operation) {
        return calls.find(operation.turn(), operation.call())
                .flatMap(call -> catalog.assistant(call.turn().choice().assistant()))
                .or(() -> catalog.assistant(catalog.defaultAssistant()))
                .orElseThrow();
    }
}
