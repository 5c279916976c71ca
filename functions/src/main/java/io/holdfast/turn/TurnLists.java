package io.holdfast.turn;

import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The turns of sessions and of users, the newest first.
 *
 * <p>Items under {@code SESSION#<id>}: {@code TURN#<time>#<id>}. A user's turns are listed by the
 * index {@value #BY_OWNER}.
 */
public final class TurnLists {
    private static final String BY_OWNER = "ByOwner";
    private static final String OF_SESSION = "TURN#";

    private final RecordTable table;

    TurnLists(RecordTable table) {
        this.table = table;
    }

    /** The write that puts a turn among those of its session. */
    TransactWriteItem adding(Turn turn) {
        return table.putting(
                Item.at(TurnItems.sessionPk(turn.session()), OF_SESSION + placeOf(turn).text())
                        .text("turn", turn.id().value()));
    }

    /** Has a turn's own item stand in its user's list. */
    static void list(Turn turn, Item item) {
        item.text("listedBy", listedBy(turn.user())).time("listedAt", turn.createdAt());
    }

    /** Where a turn stands among those of its session or user: by the time of its beginning. */
    private static Place placeOf(Turn turn) {
        return new Place(turn.createdAt(), turn.id());
    }

    /**
     * Some turns.
     *
     * @param next where the next page begins, absent after the last
     */
    public record Listed(List<Turn> turns, @Nullable Place next) {
        public Listed {
            turns = List.copyOf(turns);
        }
    }

    /** A place in a list of turns. */
    public record Place(Instant at, TurnId turn) {
        String text() {
            return "%015d#%s".formatted(at.toEpochMilli(), turn);
        }
    }

    /**
     * The turns of a session, the newest first. The caller checks whose it is.
     *
     * @param after where the page before ended, absent for the first
     */
    public Listed list(SessionId session, int limit, @Nullable Place after) {
        RecordTable.Page page = ofSession(session, limit, after);
        List<TurnId> ids =
                page.items().stream().map(item -> new TurnId(item.text("turn"))).toList();
        return listed(ids, next(page).orElse(null));
    }

    /**
     * Moves some turns of a session from one user's list into another's, the newest first. What is
     * not in the first one's list stays as it is, so again is the same.
     *
     * @param after where the page before ended, absent for the first
     * @return where the next page begins, empty after the last
     */
    Optional<Place> relist(
            SessionId session, UserId before, UserId owner, int limit, @Nullable Place after) {
        RecordTable.Page page = ofSession(session, limit, after);
        Change moving =
                new Change(
                        "SET listedBy = :owner",
                        "listedBy = :before",
                        List.of(),
                        Item.empty()
                                .text("owner", listedBy(owner))
                                .text("before", listedBy(before)));
        for (Item item : page.items()) {
            var _ =
                    table.update(
                            TurnItems.pk(new TurnId(item.text("turn"))), TurnItems.TURN, moving);
        }
        return next(page);
    }

    private RecordTable.Page ofSession(SessionId session, int limit, @Nullable Place after) {
        String pk = TurnItems.sessionPk(session);
        return table.query(
                pk,
                OF_SESSION,
                OF_SESSION + Character.MAX_VALUE,
                false,
                limit,
                after == null ? null : Item.at(pk, OF_SESSION + after.text()).attributes());
    }

    private static Optional<Place> next(RecordTable.Page page) {
        return page.next() == null || page.items().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        place(page.items().getLast().text("sk").substring(OF_SESSION.length())));
    }

    /** The place that a text says. */
    static Place place(String text) {
        int end = text.indexOf('#');
        return new Place(
                Instant.ofEpochMilli(Long.parseLong(text.substring(0, end))),
                new TurnId(text.substring(end + 1)));
    }

    /**
     * The turns that a user has begun, the newest first; the index may lag behind. The caller
     * checks whose their sessions are now.
     *
     * @param after where the page before ended, absent for the first
     */
    public Listed list(UserId user, int limit, @Nullable Place after) {
        RecordTable.Page page =
                table.latest(
                        BY_OWNER,
                        "listedBy",
                        listedBy(user),
                        "listedAt",
                        limit,
                        after == null
                                ? null
                                : Item.at(TurnItems.pk(after.turn()), TurnItems.TURN)
                                        .text("listedBy", listedBy(user))
                                        .time("listedAt", after.at())
                                        .attributes());
        List<TurnId> ids =
                page.items().stream().map(item -> TurnItems.id(item.text("pk"))).toList();
        return listed(
                ids,
                page.next() == null || page.items().isEmpty()
                        ? null
                        : new Place(page.items().getLast().time("listedAt"), ids.getLast()));
    }

    private Listed listed(List<TurnId> ids, @Nullable Place next) {
        return new Listed(
                ids.stream()
                        .map(id -> TurnItems.find(table, id))
                        .flatMap(Optional::stream)
                        .toList(),
                next);
    }

    private static String listedBy(UserId user) {
        return "TURNS#" + user;
    }
}
