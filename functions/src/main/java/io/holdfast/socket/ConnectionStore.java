package io.holdfast.socket;

import io.holdfast.access.Identity;
import io.holdfast.access.Identity.By;
import io.holdfast.access.KeyId;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Connections, whose they are, and which turn each of their requests receives, or which session it
 * watches.
 *
 * <p>Items under {@code CONNECTION#<id>}: {@code CONNECTION} with its user, {@code REQUEST#<id>}
 * with the request's turn or session. They expire after the gateway's longest connection has.
 */
final class ConnectionStore {
    /**
     * A connection lives two hours at most (API Gateway, "WebSocket quotas"); with some reserve.
     */
    static final Duration LIFE = Duration.ofHours(3);

    private static final String CONNECTION = "CONNECTION";
    private static final String REQUEST = "REQUEST#";
    private static final int BOUND_LIMIT = 1_000;

    private final RecordTable table;

    ConnectionStore(RecordTable table) {
        this.table = table;
    }

    void connect(ConnectionId connection, Identity identity, Instant now) {
        table.put(
                Item.at(pk(connection), CONNECTION)
                        .text("user", identity.user().value())
                        .text("roles", String.join("\n", identity.roles()))
                        .text("keyId", keyId(identity))
                        .time("connectedAt", now)
                        .expiresAt(now.plus(LIFE)));
    }

    private static @Nullable String keyId(Identity identity) {
        return switch (identity.by()) {
            case By.Token() -> null;
            case By.Guest() -> null;
            case By.Key key -> key.id().value();
        };
    }

    /**
     * Whose a connection is, a guest's like a user's; empty if it is not known. What a key may do,
     * only the key tells.
     */
    Optional<Identity> identity(ConnectionId connection, Instant now) {
        return table.get(pk(connection), CONNECTION)
                .filter(item -> !item.isExpired(now))
                .map(
                        item ->
                                new Identity(
                                        new UserId(item.text("user")),
                                        item.optionalText("roles").stream()
                                                .flatMap(String::lines)
                                                .collect(Collectors.toUnmodifiableSet()),
                                        item.optionalText("keyId")
                                                .<By>map(
                                                        key -> new By.Key(new KeyId(key), Set.of()))
                                                .orElseGet(By.Token::new)));
    }

    /** What came of noting a request's turn. */
    sealed interface Binding {
        /** It receives the turn. */
        record Bound() implements Binding {}

        /** It receives the turn, and was aborted before: frames may overtake each other. */
        record Aborted() implements Binding {}

        /** It is for something else already: two streams of one request would be mixed up. */
        sealed interface InUse extends Binding {}

        /** It receives another turn. */
        record Receives(TurnId other) implements InUse {}

        /** It watches a session. */
        record Watches() implements InUse {}
    }

    /** Notes which turn a request receives. */
    Binding bind(ConnectionId connection, RequestId request, TurnId turn, Instant now) {
        Optional<Item> noted =
                request(
                        connection,
                        request,
                        "SET turn = :turn, expiresAt = :expiresAt",
                        "attribute_not_exists(watched) AND (attribute_not_exists(turn) OR turn ="
                                + " :turn)",
                        Item.empty().text("turn", turn.value()),
                        now);
        if (noted.isPresent()) {
            return noted.get().optionalText("aborted").isPresent()
                    ? new Binding.Aborted()
                    : new Binding.Bound();
        }
        return switch (use(connection, request)) {
            case Use.Receives(TurnId other) -> new Binding.Receives(other);
            case Use.Watches watches -> new Binding.Watches();
            case Use.None() -> bind(connection, request, turn, now);
        };
    }

    /**
     * Notes which session a request watches; false if it is aborted already, or receives a turn, or
     * watches another session.
     */
    boolean watch(ConnectionId connection, RequestId request, SessionId session, Instant now) {
        return request(
                        connection,
                        request,
                        "SET watched = :watched, expiresAt = :expiresAt",
                        "attribute_not_exists(turn) AND attribute_not_exists(aborted) AND"
                                + " (attribute_not_exists(watched) OR watched = :watched)",
                        Item.empty().text("watched", session.value()),
                        now)
                .isPresent();
    }

    /** Notes a new turn of a request whose earlier turn has ended. */
    Binding rebind(
            ConnectionId connection, RequestId request, TurnId ended, TurnId turn, Instant now) {
        return request(
                                connection,
                                request,
                                "SET turn = :turn, expiresAt = :expiresAt REMOVE aborted",
                                "turn = :ended",
                                Item.empty()
                                        .text("turn", turn.value())
                                        .text("ended", ended.value()),
                                now)
                        .isPresent()
                ? new Binding.Bound()
                : bind(connection, request, turn, now);
    }

    /** What a request is for. */
    sealed interface Use {
        /** It receives a turn. */
        record Receives(TurnId turn) implements Use {}

        /** It watches a session. */
        record Watches(SessionId session) implements Use {}

        /** Nothing, or nothing yet. */
        record None() implements Use {}
    }

    /** What a request is for. */
    Use use(ConnectionId connection, RequestId request) {
        return table.get(pk(connection), REQUEST + request)
                .map(ConnectionStore::use)
                .orElseGet(Use.None::new);
    }

    private static Use use(Item request) {
        return request.optionalText("turn")
                .<Use>map(turn -> new Use.Receives(new TurnId(turn)))
                .or(
                        () ->
                                request.optionalText("watched")
                                        .map(id -> new Use.Watches(new SessionId(id))))
                .orElseGet(Use.None::new);
    }

    /**
     * Notes that a request is aborted.
     *
     * @return what it was for; if it has not come yet, it will find the note then
     */
    Use abort(ConnectionId connection, RequestId request, Instant now) {
        return use(
                request(
                                connection,
                                request,
                                "SET aborted = :aborted, expiresAt = :expiresAt",
                                null,
                                Item.empty().text("aborted", "true"),
                                now)
                        .orElseThrow());
    }

    /**
     * Forgets a connection and returns what its requests were for: a thousand at most, so that it
     * is done in time. The requests' items expire by themselves; deleting each would cost a write.
     */
    List<Bound> disconnect(ConnectionId connection) {
        table.delete(pk(connection), CONNECTION);
        List<Bound> bound = new ArrayList<>();
        for (Item item :
                table.query(
                                pk(connection),
                                REQUEST,
                                REQUEST + Character.MAX_VALUE,
                                true,
                                BOUND_LIMIT,
                                null)
                        .items()) {
            RequestId request = new RequestId(item.text("sk").substring(REQUEST.length()));
            bound.add(new Bound(request, use(item)));
        }
        return bound;
    }

    /** A request, and what it is for. */
    record Bound(RequestId request, Use use) {}

    private Optional<Item> request(
            ConnectionId connection,
            RequestId request,
            String expression,
            @Nullable String condition,
            Item values,
            Instant now) {
        return table.update(
                pk(connection),
                REQUEST + request,
                new Change(expression, condition, List.of(), values.expiresAt(now.plus(LIFE))));
    }

    private static String pk(ConnectionId connection) {
        return "CONNECTION#" + connection;
    }
}
