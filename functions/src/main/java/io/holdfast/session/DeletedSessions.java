package io.holdfast.session;

import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Conversations that are deleted, or will be: nobody sees them any more, and what belongs to them
 * goes bit by bit. Until then they stand among the {@link Checks}.
 */
public final class DeletedSessions {
    private final RecordTable table;
    private final Subjects subjects;

    /** The conversations in this table. */
    public DeletedSessions(RecordTable table) {
        this.table = table;
        this.subjects = new Subjects(table);
    }

    /**
     * A conversation that is to go.
     *
     * @param isDeleted whether nobody sees it any more; else it is off the record
     * @param isCleared whether it is cleared once: what may still have been needed is left
     */
    public record Going(
            SessionId id,
            UserId owner,
            @Nullable TurnId activeTurn,
            boolean isDeleted,
            boolean isCleared) {}

    /** A conversation that the sweeper looks at, or that was just deleted; empty if none. */
    public Optional<Going> find(SessionId id) {
        return SessionItems.find(table, id)
                .filter(item -> item.optionalText(Checks.SHARD).isPresent())
                .map(
                        item ->
                                new Going(
                                        id,
                                        new UserId(item.text("owner")),
                                        item.optionalText("activeTurn")
                                                .map(TurnId::new)
                                                .orElse(null),
                                        SessionItems.isDeleted(item),
                                        item.optionalNumber("clearedAt").isPresent()));
    }

    /**
     * Deletes a conversation for its owner, who does not see it any more from now on; what belongs
     * to it goes later.
     *
     * @param idleSince if given, only if nothing has happened in it since
     * @return false if it is not there any more, or something has happened
     */
    public boolean delete(SessionId id, UserId owner, @Nullable Instant idleSince, Instant now) {
        String condition = "#owner = :owner AND attribute_not_exists(deletedAt)";
        Optional<Item> deleted =
                table.update(
                        SessionItems.pk(id),
                        SessionItems.SESSION,
                        new Change(
                                "SET deletedAt = :now, checkShard = :shard, nextCheckAt = :now"
                                        + " REMOVE listedBy, title ADD version :one",
                                idleSince == null
                                        ? condition
                                        : condition
                                                + " AND attribute_not_exists(activeTurn) AND"
                                                + " updatedAt <= :idle",
                                List.of("owner"),
                                Item.empty()
                                        .text("owner", owner.value())
                                        .text("shard", Checks.shardOf(Checks.Line.TURNS, id))
                                        .time("now", now)
                                        .time("idle", idleSince)
                                        .number("one", 1)));
        deleted.flatMap(item -> item.optionalText("subject"))
                .ifPresent(subject -> subjects.release(owner, subject, id));
        return deleted.isPresent();
    }

    /** Forgets what a user's conversations were about who has none any more. */
    public void forgetSubjects(UserId user) {
        subjects.releaseAll(user);
    }

    /**
     * Removes what belongs to a deleted conversation: everything but what tells of its turns and
     * operations.
     */
    public void clear(SessionId id) {
        remove(id, sk -> !sk.startsWith("TURN#") && !sk.startsWith("OPERATION#"));
    }

    private void remove(SessionId id, Predicate<String> isMeant) {
        Map<String, AttributeValue> after = null;
        do {
            RecordTable.Page page =
                    table.query(
                            SessionItems.pk(id),
                            " ",
                            String.valueOf(Character.MAX_VALUE),
                            true,
                            100,
                            after);
            page.items().stream()
                    .map(item -> item.text("sk"))
                    .filter(sk -> !sk.equals(SessionItems.SESSION) && isMeant.test(sk))
                    .forEach(sk -> table.delete(SessionItems.pk(id), sk));
            after = page.next();
        } while (after != null);
    }

    /** Notes that a deleted conversation is cleared, and when the rest of it goes. */
    public void cleared(SessionId id, Instant now, Instant next) {
        var _ =
                table.update(
                        SessionItems.pk(id),
                        SessionItems.SESSION,
                        new Change(
                                "SET clearedAt = :now, nextCheckAt = :next",
                                "attribute_exists(deletedAt)",
                                List.of(),
                                Item.empty().time("now", now).time("next", next)));
    }

    /** Notes when the sweeper looks at a conversation next. */
    public void checkAgain(SessionId id, Instant at) {
        var _ =
                table.update(
                        SessionItems.pk(id),
                        SessionItems.SESSION,
                        new Change(
                                "SET nextCheckAt = :at",
                                "attribute_exists(checkShard)",
                                List.of(),
                                Item.empty().time("at", at)));
    }

    /**
     * Removes the last of a deleted conversation. Its id stays taken for a time: what was sent
     * before and comes late must not begin another.
     */
    public void forget(SessionId id, Instant until) {
        remove(id, sk -> true);
        var _ =
                table.update(
                        SessionItems.pk(id),
                        SessionItems.SESSION,
                        new Change(
                                "SET expiresAt = :until REMOVE checkShard, nextCheckAt, subject,"
                                        + " latestTurn, activeTurn",
                                "attribute_exists(deletedAt)",
                                List.of(),
                                Item.empty().number("until", until.getEpochSecond())));
    }
}
