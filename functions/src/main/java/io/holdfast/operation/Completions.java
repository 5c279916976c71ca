package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.OperationId;
import io.holdfast.platform.Redaction;
import io.holdfast.platform.Texts;
import io.holdfast.turn.Operations;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * Takes what outside services say of operations, out of the queue: {@code {operationId, success,
 * result?, error?}} ends one, {@code {operationId, percent?, message?}} says how far it is.
 */
final class Completions {
    private static final Logger LOG = LoggerFactory.getLogger(Completions.class);

    /** A sentence of the service's for the model and the user. */
    private static final int MAX_WORDS = 1_000;

    private final OperationStore store;
    private final OperationEnder ender;
    private final Operations calls;

    Completions(OperationStore store, OperationEnder ender, Operations calls) {
        this.store = store;
        this.ender = ender;
        this.calls = calls;
    }

    /**
     * Takes one message; the same again changes nothing.
     *
     * @throws IllegalArgumentException if it can never be taken: it belongs into the dead letters
     */
    void take(ObjectNode message) {
        String id = message.path("operationId").asText();
        Optional<Operation> found =
                OperationId.isValid(id) ? store.find(new OperationId(id)) : Optional.empty();
        Operation operation =
                found.orElseThrow(
                        () -> new IllegalArgumentException("a message for no known operation"));
        JsonNode success = message.path("success");
        if (success.isMissingNode()) {
            progress(operation, message);
        } else if (!success.isBoolean()) {
            throw new IllegalArgumentException("success must be true or false");
        } else if (success.booleanValue()) {
            tell(operation, ender.complete(operation, message.path("result")));
        } else {
            FailureKind kind = FailureKind.of(message.at("/error/kind").asText("unknown"));
            String said = message.at("/error/message").asText(message.path("error").asText(""));
            tell(operation, ender.fail(operation, kind, words(kind, said)));
        }
    }

    private static String words(FailureKind kind, String said) {
        String words = Redaction.ofText(said.strip());
        return words.isEmpty() ? kind.words() : Texts.beginning(words, MAX_WORDS);
    }

    private static void tell(Operation operation, boolean counts) {
        if (!counts) {
            LOG.info("{} had ended before: what came now changes nothing", operation.id());
        }
    }

    private void progress(Operation operation, ObjectNode message) {
        ObjectNode progress = message.deepCopy();
        progress.retain("percent", "message");
        if (!Operation.isProgress(progress)) {
            throw new IllegalArgumentException("neither a completion nor progress");
        }
        if (store.progress(operation.id(), progress)) {
            ender.heartbeat(operation);
            calls.show(operation.turn(), operation.call(), progress);
        }
    }
}
