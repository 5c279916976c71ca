package io.holdfast.session;

import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.util.List;
import java.util.Optional;

/**
 * Which of a user's conversations is about which subject: there is one. Items {@code USER#<id>},
 * {@code SUBJECT#<subject>}.
 */
final class Subjects {
    private static final String SUBJECT = "SUBJECT#";

    private final RecordTable table;

    Subjects(RecordTable table) {
        this.table = table;
    }

    /** The conversation about a subject, which may be deleted; empty if there is none. */
    Optional<SessionId> find(UserId user, String subject) {
        return table.get(SessionItems.userPk(user), SUBJECT + subject)
                .map(item -> new SessionId(item.text("session")));
    }

    /**
     * The write that makes a conversation the one about a subject.
     *
     * @param gone the one that was, empty if there was none
     */
    TransactWriteItem claiming(
            UserId user, String subject, SessionId session, Optional<SessionId> gone) {
        if (gone.isEmpty()) {
            return table.creating(
                    Item.at(SessionItems.userPk(user), SUBJECT + subject)
                            .text("session", session.value()));
        }
        return table.changing(
                SessionItems.userPk(user),
                SUBJECT + subject,
                new Change(
                        "SET #session = :session",
                        "#session = :gone",
                        List.of("session"),
                        Item.empty()
                                .text("session", session.value())
                                .text("gone", gone.get().value())));
    }

    /** The write that takes a subject from a user. */
    TransactWriteItem releasing(UserId user, String subject) {
        return table.deleting(SessionItems.userPk(user), SUBJECT + subject);
    }

    /** Takes a subject from a user, if it is still the conversation's. */
    void release(UserId user, String subject, SessionId session) {
        table.deleteIf(SessionItems.userPk(user), SUBJECT + subject, "session", session.value());
    }

    /** Takes all subjects from a user. */
    void releaseAll(UserId user) {
        table.deleteAll(SessionItems.userPk(user), SUBJECT);
    }
}
