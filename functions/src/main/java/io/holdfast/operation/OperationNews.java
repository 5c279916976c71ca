package io.holdfast.operation;

import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;

/** Tells those who watch a conversation how its operations are. */
final class OperationNews {
    private final SessionEvents events;
    private final OperationReader reader;

    OperationNews(SessionEvents events, OperationReader reader) {
        this.events = events;
        this.reader = reader;
    }

    void tell(Operation operation) {
        events.tell(
                operation.session(),
                reader.owner(operation),
                new SessionEvent.OperationChanged(reader.view(operation)));
    }
}
