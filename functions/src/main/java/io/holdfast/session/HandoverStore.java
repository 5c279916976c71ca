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

    private final RecordTable table;

    /** The handovers in this table. */
    public HandoverStore(RecordTable table) {
        this.table = table;
    }

    /**
     * A handover.
     *
     * @param guest who began the turns
     * @param reached the place of the last turn that has moved, absent before the first
     */
    public record Handover(UserId guest, @Nullable String reached) {}

    /** The write that begins one: part of the transaction that claims the conversation. */
    TransactWriteItem beginning(SessionId session, UserId guest, Instant now) {
        return table.putting(
                Item.at(pk(session), HANDOVER)
                        .text("guest", guest.value())
                        .text(Checks.SHARD, Checks.shardOf(Checks.Line.TURNS, session))
                        .time(Checks.AT, now.plus(CHECK_AFTER)));
    }

    /** The handover of a conversation; empty if there is none, or if it is done. */
    public Optional<Handover> find(SessionId session) {
        return table.get(pk(session), HANDOVER)
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
                        pk(session),
                        HANDOVER,
                        new Change(
                                "SET reached = :place",
                                "attribute_exists(pk)",
                                List.of(),
                                Item.empty().text("place", place)));
    }

    /** Notes that a handover is done. */
    public void done(SessionId session) {
        table.delete(pk(session), HANDOVER);
    }

    private static String pk(SessionId session) {
        return "SESSION#" + session;
    }
}
