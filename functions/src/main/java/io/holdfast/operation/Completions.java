package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.OperationEnder.Ended;
import io.holdfast.operation.OperationStore.Late;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.Redaction;
import io.holdfast.platform.Texts;
import io.holdfast.turn.Operations;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Takes what outside services say of operations, out of the queue: {@code {operationId, success,
 * result?, error?}} ends one, {@code {operationId, percent?, message?}} says how far it is.
 *
 * <p>What comes when the operation has ended, or when nobody waits for it any more, is recorded as
 * late, and changes nothing.
 */
final class Completions {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

    /** A sentence of the service's for the model and the user. */
    private static final int MAX_WORDS = 1_000;

    private final OperationStore store;
    private final OperationReader reader;
    private final OperationEnder ender;
    private final OperationCompleter completer;
    private final Operations calls;
    private final OperationNews news;
    private final InstantSource clock;

    Completions(OperationParts parts, OperationCompleter completer) {
        this.completer = completer;
        this.store = parts.store();
        this.reader = parts.reader();
        this.ender = parts.ender();
        this.calls = parts.calls();
        this.news = parts.news();
        this.clock = parts.turns().clock();
    }

    /**
     * Takes one message; the same again changes nothing.
     *
     * @param messageId the queue's name for it, for a message that has no {@code deliveryId}
     * @param within how long it may take
     * @throws IllegalArgumentException if it can never be taken: it belongs into the dead letters
     */
    void take(ObjectNode message, String messageId, Duration within) throws InterruptedException {
        String id = message.path("operationId").asText();
        Optional<Operation> found =
                OperationId.isValid(id) ? store.find(new OperationId(id)) : Optional.empty();
        Operation operation =
                found.orElseThrow(
                        () -> new IllegalArgumentException("a message for no known operation"));
        String delivery = message.path("deliveryId").asText(messageId);
        JsonNode success = message.path("success");
        if (success.isMissingNode()) {
            progress(operation, message, delivery);
        } else if (!success.isBoolean()) {
            throw new IllegalArgumentException("success must be true or false");
        } else if (isLate(operation, delivery)
                || end(operation, message, delivery, within) == Ended.OTHERWISE) {
            late(operation, delivery, success.booleanValue() ? "completed" : "failed");
        }
    }

    /** Whether it has ended with another word, or nobody waits for it any more. */
    private boolean isLate(Operation operation, String delivery) {
        if (operation.outcome() != null) {
            return !delivery.equals(operation.endedBy());
        }
        if (reader.isAwaited(operation)) {
            return false;
        }
        // Whoever cancelled the turn has not come this far yet, or has died.
        var _ = ender.cancel(operation);
        return true;
    }

    private Ended end(Operation operation, ObjectNode message, String delivery, Duration within)
            throws InterruptedException {
        if (message.path("success").booleanValue()) {
            JsonNode result = message.path("result");
            return completer.complete(operation, result, delivery, clock.instant().plus(within));
        }
        FailureKind kind = FailureKind.of(message.at("/error/kind").asText("unknown"));
        String words = message.at("/error/message").asText(message.path("error").asText(""));
        return ender.fail(operation, kind, words(kind, words), delivery);
    }

    private static String words(FailureKind kind, String said) {
        String words = Redaction.ofText(said.strip());
        return words.isEmpty() ? kind.words() : Texts.beginning(words, MAX_WORDS);
    }

    private void late(Operation operation, String delivery, String what) {
        LOG.info("{} had ended before: what came now changes nothing", operation.id());
        store.late(operation.id(), delivery, new Late(what, clock.instant()));
    }

    private void progress(Operation operation, ObjectNode message, String delivery) {
        ObjectNode progress = message.deepCopy();
        progress.retain("percent", "message");
        if (!Operation.isProgress(progress)) {
            throw new IllegalArgumentException("neither a completion nor progress");
        }
        if (progress.path("message").isTextual()) {
            String words = Redaction.ofText(progress.path("message").textValue());
            progress.put("message", Texts.beginning(words, MAX_WORDS));
        }
        if (!reader.isAwaited(operation)) {
            late(operation, delivery, "progress");
            return;
        }
        JsonNode taken = message.path(CompletionQueue.TAKEN_AT);
        Instant at =
                taken.isIntegralNumber()
                        ? Instant.ofEpochMilli(taken.longValue())
                        : clock.instant();
        switch (store.progress(operation.id(), progress, at)) {
            case LATE -> late(operation, delivery, "progress");
            case OVERTAKEN -> LOG.info("Progress of {} came after later progress", operation.id());
            case NOW -> {
                ender.heartbeat(operation);
                calls.show(operation.turn(), operation.call(), progress);
                store.find(operation.id()).ifPresent(news::tell);
            }
        }
    }
}
