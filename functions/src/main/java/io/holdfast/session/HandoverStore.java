package io.holdfast.session;

import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Claimed conversations whose turns are not all in their owner's list yet.
 *
 * <p>Items under {@code SESSION#<id>}: {@value #HANDOVER}, written with the claim and removed when
 * the last turn has moved. Until then it stands among the {@link Checks}: where whoever claimed has
 * stopped or died, the sweeper goes on.
 */
public final class HandoverStore {
    /** The {@code sk} by which the sweeper knows it. */
    public static final String HANDOVER = "HANDOVER";

    /** The HTTP function lives for 29 s: whoever claimed has moved what they could by then. */
    private static final Duration CHECK_AFTER = Duration.ofMinutes(1);

    private static final String REACHED = "reached";

    /** How often a claim that others crossed is tried again. */
    private static final int CROSSINGS = 5;

    private final RecordTable table;
    private final Subjects subjects;

    /** The handovers in this table. */
    public HandoverStore(RecordTable table) {
        this.table = table;
        this.subjects = new Subjects(table);
    }

    /** What became of claiming a conversation. */
    public sealed interface Claimed {
        /** It is the user's now. */
        record Now() implements Claimed {}

        /** It was the user's already. */
        record Before() implements Claimed {}

        /** A turn runs or waits, for the guest. */
        record Busy() implements Claimed {}

        /** The user has another conversation about its subject. */
        record OtherSubject() implements Claimed {}

        /** There is none of this id that is the guest's. */
        record Absent() implements Claimed {}
    }

    /**
     * Makes a guest's conversation a user's, with all that is in it: whose its turns and operations
     * are follows from whose it is. That its turns move into the user's list is noted.
     *
     * @param guest whose it has been, absent if nobody knows
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Claimed claim(SessionId id, @Nullable UserId guest, UserId user, Instant now) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<Item> stored =
                    SessionItems.find(table, id).filter(item -> !SessionItems.isDeleted(item));
            if (stored.isEmpty()) {
                return new Claimed.Absent();
            }
            Session session = SessionItems.decode(id, stored.get());
            if (session.owner().equals(user)) {
                return new Claimed.Before();
            }
            if (guest == null || !session.owner().equals(guest)) {
                return new Claimed.Absent();
            }
            if (session.activeTurn() != null || session.queued() > 0) {
                return new Claimed.Busy();
            }
            List<TransactWriteItem> writes = new ArrayList<>();
            boolean isListed = stored.get().optionalText(SessionItems.LISTED_BY).isPresent();
            writes.add(handing(session, user, isListed));
            writes.add(beginning(id, session.owner(), now));
            String subject = session.subject();
            if (subject != null) {
                Optional<SessionId> known = subjects.find(user, subject);
                if (known.flatMap(other -> SessionItems.find(table, other)).isPresent()) {
                    return new Claimed.OtherSubject();
                }
                writes.add(subjects.claiming(user, subject, id, known));
                writes.add(subjects.releasing(session.owner(), subject));
            }
            if (table.transact(writes)) {
                return new Claimed.Now();
            }
        }
        throw new IllegalStateException("Others crossed the claim of a session");
    }

    /**
     * The write that changes whose a conversation is, unless a turn has begun since.
     *
     * @param isListed whether its owner's list shows it: a job's it does not
     */
    private TransactWriteItem handing(Session session, UserId user, boolean isListed) {
        return table.changing(
                SessionItems.pk(session.id()),
                SessionItems.SESSION,
                new Change(
                        "SET #owner = :owner, version = :version"
                                + (isListed ? ", listedBy = :listedBy" : ""),
                        "version = :known AND #owner = :before AND"
                                + " attribute_not_exists(activeTurn)",
                        List.of("owner"),
                        Item.empty()
                                .text("owner", user.value())
                                .text("before", session.owner().value())
                                .text("listedBy", isListed ? SessionItems.listedBy(user) : null)
                                .number("known", session.version())
                                .number("version", session.version() + 1)));
    }

    /**
     * A handover.
     *
     * @param guest who began the turns
     * @param reached the place of the last turn that has moved, absent before the first
     */
    public record Handover(UserId guest, @Nullable String reached) {}

    /** The write that begins one: part of the transaction that claims the conversation. */
    private TransactWriteItem beginning(SessionId session, UserId guest, Instant now) {
        return table.putting(
                Item.at(SessionItems.pk(session), HANDOVER)
                        .text("guest", guest.value())
                        .text(Checks.SHARD, Checks.shardOf(Checks.Line.TURNS, session))
                        .time(Checks.AT, now.plus(CHECK_AFTER)));
    }

    /** The handover of a conversation; empty if there is none, or if it is done. */
    public Optional<Handover> find(SessionId session) {
        return table.get(SessionItems.pk(session), HANDOVER)
                .map(
                        item ->
                                new Handover(
                                        new UserId(item.text("guest")),
                                        item.optionalText(REACHED).orElse(null)));
    }

    /** Notes how far a handover is. Of two who work at it, either place is a true one. */
    public void reached(SessionId session, String place) {
        var _ =
                table.update(
                        SessionItems.pk(session),
                        HANDOVER,
                        new Change(
                                "SET reached = :place",
                                "attribute_exists(pk)",
                                List.of(),
                                Item.empty().text("place", place)));
    }

    /** Notes that a handover is done. */
    public void done(SessionId session) {
        table.delete(SessionItems.pk(session), HANDOVER);
    }
}
