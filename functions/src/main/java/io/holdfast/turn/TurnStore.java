package io.holdfast.turn;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.HandoverStore;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns in the record: items {@code TURN#<id>}, {@code TURN}. Under {@code SESSION#<id>}: {@code
 * TURN#<time>#<id>}, to list them, and {@code QUEUED#<place>} for each that waits. A user's turns
 * are listed by the index {@value #BY_OWNER}.
 *
 * <p>A turn is <em>settled</em> when its stream is closed and every reader has its end. Until then
 * it stands among the {@link Checks}, under the time at which the sweeper looks at it next; a turn
 * that goes well is settled before that.
 */
public final class TurnStore {
    private static final String TURN = "TURN";
    private static final String SHARD = Checks.SHARD;
    private static final String NEXT_CHECK = Checks.AT;
    private static final String BY_OWNER = "ByOwner";
    private static final String SESSION_PK = "SESSION#";
    private static final String OF_SESSION = "TURN#";
    private static final String QUEUED = "QUEUED#";
    private static final String PLACE = "place";

    private final RecordTable table;
    private final SessionStore sessions;
    private final Duration checkAfter;

    /**
     * The turns in this table, beside the sessions that they belong to.
     *
     * @param checkAfter how long a turn may take before the sweeper looks at it
     */
    TurnStore(RecordTable table, SessionStore sessions, Duration checkAfter) {
        this.table = table;
        this.sessions = sessions;
        this.checkAfter = checkAfter;
    }

    /** The turns in this table, for those who begin none. */
    public static TurnStore toRead(RecordTable table) {
        return new TurnStore(table, new SessionStore(table), Duration.ZERO);
    }

    /** The turn of an id. */
    public Optional<Turn> find(TurnId id) {
        return table.get(pk(id), TURN).map(item -> decode(id, item));
    }

    /**
     * Stores a new turn with its place in the session, in one transaction.
     *
     * @param before the session as it was read
     * @param cutFrom where the session's history is cut, absent if it is not
     * @param userMessage the message that starts the turn, absent when an answer is written again
     * @param preferences what the session asks for from now on
     * @param listed whether the session is to stand in its owner's list
     * @return false if the session has changed since, or the turn exists
     */
    boolean begin(
            Turn turn,
            Session before,
            @Nullable Long cutFrom,
            @Nullable UiMessage userMessage,
            Preferences preferences,
            boolean listed) {
        SessionStore.Beginning kind =
                turn.background().offRecord()
                        ? SessionStore.Beginning.OFF_RECORD
                        : listed ? SessionStore.Beginning.LISTED : SessionStore.Beginning.UNLISTED;
        List<TransactWriteItem> writes = new ArrayList<>(creating(turn, null));
        writes.addAll(
                sessions.beginTurn(
                        before,
                        turn.id(),
                        preferences,
                        cutFrom,
                        userMessage,
                        kind,
                        turn.createdAt()));
        return table.transact(writes);
    }

    /** The writes that store a turn, and where its session and its user find it. */
    private List<TransactWriteItem> creating(Turn turn, @Nullable String place) {
        Item item =
                Item.at(pk(turn.id()), TURN)
                        .text("session", turn.session().value())
                        .text("user", turn.user().value())
                        .text("roles", String.join("\n", turn.roles()))
                        .text("assistant", turn.choice().assistant())
                        .text("model", turn.choice().model())
                        .text("effort", turn.choice().effort().wireName())
                        .number("continued", turn.continued())
                        .text("status", turn.status().wireName())
                        .text("answerId", turn.answerId().value())
                        .number("answerPosition", turn.answerPosition())
                        .text("inputHash", turn.inputHash())
                        .text("prompt", turn.prompt())
                        .text(PLACE, place)
                        .text("page", turn.background().page())
                        .time("createdAt", turn.createdAt())
                        .text(SHARD, Checks.shardOf(Checks.Line.TURNS, turn.id()))
                        .time(NEXT_CHECK, turn.createdAt().plus(checkAfter));
        if (turn.background().offRecord()) {
            item.number("offRecord", 1);
        } else {
            item.text("listedBy", listedBy(turn.user())).time("listedAt", turn.createdAt());
        }
        SessionId basis = turn.background().basis();
        item.text("basis", basis == null ? null : basis.value());
        return List.of(
                table.creating(item),
                table.putting(
                        Item.at(sessionPk(turn.session()), OF_SESSION + place(turn))
                                .text("turn", turn.id().value())));
    }

    /** Where a turn stands among those of its session or user: by the time of its beginning. */
    private static String place(Turn turn) {
        return "%015d#%s".formatted(turn.createdAt().toEpochMilli(), turn.id());
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
            var _ = table.update(pk(new TurnId(item.text("turn"))), TURN, moving);
        }
        return next(page);
    }

    private RecordTable.Page ofSession(SessionId session, int limit, @Nullable Place after) {
        String pk = sessionPk(session);
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
                                : Item.at(pk(after.turn()), TURN)
                                        .text("listedBy", listedBy(user))
                                        .time("listedAt", after.at())
                                        .attributes());
        List<TurnId> ids = page.items().stream().map(item -> id(item.text("pk"))).toList();
        return listed(
                ids,
                page.next() == null || page.items().isEmpty()
                        ? null
                        : new Place(page.items().getLast().time("listedAt"), ids.getLast()));
    }

    private Listed listed(List<TurnId> ids, @Nullable Place next) {
        return new Listed(ids.stream().map(this::find).flatMap(Optional::stream).toList(), next);
    }

    private static TurnId id(String pk) {
        return new TurnId(pk.substring("TURN#".length()));
    }

    private static String listedBy(UserId user) {
        return "TURNS#" + user;
    }

    private static String sessionPk(SessionId session) {
        return SESSION_PK + session;
    }

    /**
     * Stores a new turn that waits for the active one of its session.
     *
     * @return false if the session has changed since, or the turn exists
     */
    boolean queue(Turn turn, Session before, Queued queued) {
        Preferences preferences = queued.preferences();
        List<TransactWriteItem> writes = new ArrayList<>(creating(turn, queued.place()));
        writes.add(
                table.creating(
                        Item.at(sessionPk(turn.session()), QUEUED + queued.place())
                                .text("turn", turn.id().value())
                                .text("json", Json.write(UiMessageJson.write(queued.message())))
                                .text("assistant", preferences.assistant())
                                .text("model", preferences.model())
                                .text("effort", preferences.effort())));
        writes.add(sessions.queueing(before));
        return table.transact(writes);
    }

    /** The turns of a session that wait for the active one, the next first. */
    List<Queued> queued(SessionId session, int limit) {
        return table
                .query(sessionPk(session), QUEUED, QUEUED + Character.MAX_VALUE, true, limit, null)
                .items()
                .stream()
                .map(
                        item ->
                                new Queued(
                                        new TurnId(item.text("turn")),
                                        item.text("sk").substring(QUEUED.length()),
                                        SessionStore.message(Json.readStored(item.text("json"))),
                                        new Preferences(
                                                item.optionalText("assistant").orElse(null),
                                                item.optionalText("model").orElse(null),
                                                item.optionalText("effort").orElse(null))))
                .toList();
    }

    /**
     * Begins a turn that has waited.
     *
     * @param before the session as it was read, without an active turn
     * @return the turn; empty if the session has changed since, or the turn was cancelled
     */
    Optional<Turn> beginQueued(Session before, Queued queued, Instant now) {
        Optional<Turn> begun =
                find(queued.turn())
                        .filter(Turn::isQueued)
                        .map(
                                turn ->
                                        turn.begun(
                                                SessionStore.answerPosition(
                                                        before, queued.message())));
        if (begun.isEmpty()) {
            return Optional.empty();
        }
        Turn turn = begun.get();
        List<TransactWriteItem> writes = new ArrayList<>();
        writes.add(
                table.changing(
                        pk(turn.id()),
                        TURN,
                        new Change(
                                "SET #status = :running, answerPosition = :position, "
                                        + NEXT_CHECK
                                        + " = :check REMOVE "
                                        + PLACE,
                                "#status = :queued",
                                List.of("status"),
                                Item.empty()
                                        .text("running", turn.status().wireName())
                                        .text("queued", TurnStatus.QUEUED.wireName())
                                        .number("position", turn.answerPosition())
                                        .time("check", now.plus(checkAfter)))));
        writes.add(table.deleting(sessionPk(turn.session()), QUEUED + queued.place()));
        writes.addAll(
                sessions.beginTurn(
                        before,
                        turn.id(),
                        queued.preferences(),
                        null,
                        queued.message(),
                        SessionStore.Beginning.QUEUED,
                        now));
        return table.transact(writes) ? begun : Optional.empty();
    }

    /**
     * Cancels a turn that waits.
     *
     * @return false if the session has changed since, or the turn has begun or ended
     */
    boolean unqueue(Turn turn, Session before, Instant now) {
        Optional<String> place =
                table.get(pk(turn.id()), TURN).flatMap(item -> item.optionalText(PLACE));
        return place.isPresent()
                && table.transact(
                        List.of(
                                table.changing(
                                        pk(turn.id()),
                                        TURN,
                                        new Change(
                                                "SET #status = :cancelled, endedAt = :now REMOVE "
                                                        + PLACE,
                                                "#status = :queued",
                                                List.of("status"),
                                                Item.empty()
                                                        .text(
                                                                "cancelled",
                                                                TurnStatus.CANCELLED.wireName())
                                                        .text(
                                                                "queued",
                                                                TurnStatus.QUEUED.wireName())
                                                        .time("now", now))),
                                table.deleting(sessionPk(turn.session()), QUEUED + place.get()),
                                sessions.unqueueing(before)));
    }

    /**
     * Ends a turn, once: its status, its answer and the session's place for the next turn, in one
     * transaction.
     *
     * @param answer what was said, absent if nothing was
     * @param failure why it failed, absent if it did not
     * @return false if the turn had ended before
     */
    boolean end(
            Turn turn,
            TurnStatus status,
            @Nullable UiMessage answer,
            @Nullable String failure,
            Instant now) {
        List<TransactWriteItem> writes = new ArrayList<>();
        Item values =
                Item.empty()
                        .text("ended", status.wireName())
                        .text("running", TurnStatus.RUNNING.wireName())
                        .text("waiting", TurnStatus.WAITING.wireName())
                        .time("endedAt", now)
                        .text("failure", failure);
        writes.add(
                table.changing(
                        pk(turn.id()),
                        TURN,
                        new Change(
                                "SET #status = :ended, endedAt = :endedAt"
                                        + (failure == null ? "" : ", failure = :failure"),
                                "#status IN (:running, :waiting)",
                                List.of("status"),
                                values)));
        writes.addAll(
                sessions.endTurn(turn.session(), turn.id(), turn.answerPosition(), answer, now));
        return table.transact(writes);
    }

    /**
     * Says of a turn recorded as completed that it was cancelled after all: its stream was closed
     * by a cancel between the record and the stream's own end, and what readers saw counts.
     */
    void correctToCancelled(TurnId turn) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET #status = :cancelled",
                                "#status = :completed",
                                List.of("status"),
                                Item.empty()
                                        .text("cancelled", TurnStatus.CANCELLED.wireName())
                                        .text("completed", TurnStatus.COMPLETED.wireName())));
    }

    /**
     * Notes that a turn waits for a human, unless it has ended or an answer has come meanwhile.
     *
     * @param continued how many answers the caller knows of
     * @return whether it waits now
     */
    boolean pause(TurnId turn, long continued) {
        return table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET #status = :waiting",
                                "#status IN (:running, :waiting) AND continued = :continued",
                                List.of("status"),
                                Item.empty()
                                        .text("running", TurnStatus.RUNNING.wireName())
                                        .text("waiting", TurnStatus.WAITING.wireName())
                                        .number("continued", continued)))
                .isPresent();
    }

    /** The write that lets a turn go on after answers of a human: part of their transaction. */
    TransactWriteItem unpausing(TurnId turn, int answers) {
        return table.changing(
                pk(turn),
                TURN,
                new Change(
                        "SET #status = :running ADD continued :answers",
                        "#status IN (:running, :waiting)",
                        List.of("status"),
                        Item.empty()
                                .text("running", TurnStatus.RUNNING.wireName())
                                .text("waiting", TurnStatus.WAITING.wireName())
                                .number("answers", answers)));
    }

    /**
     * Notes what it cost to write the session's title after a turn, once: what is noted stays, also
     * if the model is asked again because the title could not be stored.
     */
    void countTitle(TurnId turn, Ledger ledger) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET titleInputTokens = :input, titleOutputTokens = :output"
                                        + (ledger.nanoDollars() == null
                                                ? ""
                                                : ", titleNanoDollars = :nanoDollars"),
                                "attribute_exists(pk) AND attribute_not_exists(titleInputTokens)",
                                List.of(),
                                Item.empty()
                                        .number("input", ledger.inputTokens())
                                        .number("output", ledger.outputTokens())
                                        .number("nanoDollars", ledger.nanoDollars())));
    }

    /** Notes that a turn is settled. */
    void settle(TurnId turn) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "REMOVE " + SHARD + ", " + NEXT_CHECK,
                                "attribute_exists(pk)",
                                List.of(),
                                Item.empty()));
    }

    /** Notes when the sweeper looks at a turn next, unless it is settled meanwhile. */
    void checkAgain(TurnId turn, Instant at) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET " + NEXT_CHECK + " = :at",
                                "attribute_exists(" + SHARD + ")",
                                List.of(),
                                Item.empty().time("at", at)));
    }

    /** What the sweeper should look at. */
    sealed interface Due {
        /** A turn that is not settled. */
        record OfTurn(TurnId id) implements Due {}

        /** A session that is deleted, or will be. */
        record OfSession(SessionId id) implements Due {}

        /** A session that was claimed, whose turns are not all in its owner's list yet. */
        record OfHandover(SessionId id) implements Due {}

        /** A guest who cannot come back. */
        record OfGuest(UserId id) implements Due {}
    }

    /**
     * What the sweeper should look at, the longest due first; the index may lag behind.
     *
     * @param shard from 0 to {@link Checks#SHARDS} - 1
     */
    List<Due> due(int shard, Instant now, int limit) {
        return Checks.due(table, Checks.Line.TURNS, shard, now, limit).stream()
                .map(item -> due(item.text("pk"), item.text("sk")))
                .toList();
    }

    private static Due due(String pk, String sk) {
        if (!pk.startsWith(SESSION_PK)) {
            return new Due.OfTurn(id(pk));
        }
        SessionId session = new SessionId(pk.substring(SESSION_PK.length()));
        return sk.equals(HandoverStore.HANDOVER)
                ? new Due.OfHandover(session)
                : new Due.OfSession(session);
    }

    /** Cancels a turn that waits in a session that is deleted, where nobody begins it any more. */
    void drop(TurnId turn, Instant now) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET #status = :cancelled, endedAt = :now",
                                "#status = :queued",
                                List.of("status"),
                                Item.empty()
                                        .text("cancelled", TurnStatus.CANCELLED.wireName())
                                        .text("queued", TurnStatus.QUEUED.wireName())
                                        .time("now", now)));
    }

    /** Removes all that the record has of a turn. */
    void erase(TurnId turn) {
        table.deleteAll(pk(turn), "");
    }

    private static Turn decode(TurnId id, Item item) {
        return new Turn(
                id,
                new SessionId(item.text("session")),
                new UserId(item.text("user")),
                item.optionalText("roles").stream()
                        .flatMap(String::lines)
                        .collect(Collectors.toUnmodifiableSet()),
                TurnStatus.of(item.text("status")),
                new MessageId(item.text("answerId")),
                item.number("answerPosition"),
                item.text("inputHash"),
                new Turn.Choice(
                        item.text("assistant"),
                        item.text("model"),
                        ReasoningEffort.of(item.text("effort")).orElse(ReasoningEffort.NONE)),
                item.number("continued"),
                item.time("createdAt"),
                item.optionalNumber("endedAt").map(Instant::ofEpochMilli).orElse(null),
                item.optionalText("failure").orElse(null),
                item.optionalText("prompt").orElse(null),
                new Turn.Background(
                        item.optionalNumber("offRecord").isPresent(),
                        item.optionalText("basis").map(SessionId::new).orElse(null),
                        item.optionalText("page").orElse(null)),
                title(item));
    }

    private static Ledger title(Item turn) {
        return turn.optionalNumber("titleInputTokens")
                .map(
                        input ->
                                new Ledger(
                                        Math.toIntExact(input),
                                        Math.toIntExact(turn.number("titleOutputTokens")),
                                        turn.optionalNumber("titleNanoDollars").orElse(null)))
                .orElse(Ledger.EMPTY);
    }

    static String pk(TurnId id) {
        return "TURN#" + id;
    }
}
