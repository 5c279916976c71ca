package io.holdfast.operation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.OperationStore.Late;
import io.holdfast.operation.OperationStore.Listed;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.turn.Operations;
import io.holdfast.turn.TurnStore;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/** Operations for those who may see them, as {@link OperationViews} shows them. */
public final class OperationReader {
    private final OperationStore store;
    private final TurnStore turns;

    /** Reads operations, and how the turns are that they belong to. */
    public OperationReader(OperationStore store, TurnStore turns) {
        this.store = store;
        this.turns = turns;
    }

    /** The operation of an id, if it is the user's. */
    public Optional<Operation> find(OperationId id, UserId user) {
        return store.find(id).filter(operation -> operation.user().equals(user));
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
