package io.holdfast.operation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.OperationStore.Late;
import io.holdfast.operation.OperationStore.Listed;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.session.SessionStore;
import io.holdfast.turn.Operations;
import io.holdfast.turn.TurnStore;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/** Operations for those who may see them, as {@link OperationViews} shows them. */
public final class OperationReader {
    private final OperationStore store;
    private final TurnStore turns;
    private final SessionStore sessions;

    /** Reads operations, how the turns are that they belong to, and whose they are. */
    public OperationReader(OperationStore store, TurnStore turns, SessionStore sessions) {
        this.store = store;
        this.turns = turns;
        this.sessions = sessions;
    }

    /** The operation of an id, if its session is the user's now. */
    public Optional<Operation> find(OperationId id, UserId user) {
        return store.find(id).filter(operation -> owner(operation).equals(user));
    }

    /** Whose an operation is: its session may have been claimed since it began. */
    UserId owner(Operation operation) {
        return sessions.owner(operation.session()).orElse(operation.user());
    }

    /** Whether anybody still wants to know what comes of an operation. */
    public boolean isAwaited(Operation operation) {
        return operation.outcome() == null
                && turns.find(operation.turn())
                        .filter(turn -> Operations.isAwaited(turn, operation.detached()))
                        .isPresent();
    }

    /** An operation as its owner may see it. */
    public ObjectNode view(Operation operation) {
        return OperationViews.of(operation, isAwaited(operation));
    }

    /** The same, and what came too late: {@code late?: [{what, at}]}. */
    public ObjectNode viewWithLate(Operation operation) {
        ObjectNode view = view(operation);
        List<Late> late = store.late(operation.id());
        if (!late.isEmpty()) {
            ArrayNode array = view.putArray("late");
            late.forEach(
                    one ->
                            array.addObject()
                                    .put("what", one.what())
                                    .put("at", one.at().toString()));
        }
        return view;
    }

    /**
     * A page of a session's operations.
     *
     * @param next where the next one begins, absent after the last
     */
    public record Page(List<ObjectNode> items, @Nullable String next) {
        public Page {
            items = List.copyOf(items);
        }
    }

    /**
     * The operations of a session, the newest first. The caller checks whose it is.
     *
     * @param after what the page before gave as its {@code next}, absent for the first
     */
    public Page list(SessionId session, int limit, @Nullable String after) {
        Listed listed = store.list(session, limit, after);
        return new Page(listed.operations().stream().map(this::view).toList(), listed.next());
    }
}
