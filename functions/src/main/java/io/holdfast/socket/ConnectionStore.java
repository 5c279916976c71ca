package io.holdfast.socket;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.turn.Caller;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Connections, whose they are, and which turn each of their requests receives.
 *
 * <p>Items under {@code CONNECTION#<id>}: {@code CONNECTION} with its user, {@code REQUEST#<id>}
 * with the request's turn. They expire after the gateway's longest connection has.
 */
final class ConnectionStore {
    /**
     * A connection lives two hours at most (API Gateway, "WebSocket quotas"); with some reserve.
     */
    private static final Duration LIFE = Duration.ofHours(3);

    private static final String CONNECTION = "CONNECTION";
    private static final String REQUEST = "REQUEST#";
    private static final int BOUND_LIMIT = 1_000;

    private final RecordTable table;

    ConnectionStore(RecordTable table) {
        this.table = table;
    }

    void connect(ConnectionId connection, Caller caller, Instant now) {
        table.put(
                Item.at(pk(connection), CONNECTION)
                        .text("user", caller.user().value())
                        .text("roles", String.join("\n", caller.roles()))
                        .time("connectedAt", now)
                        .expiresAt(now.plus(LIFE)));
    }

    /** Whose a connection is; empty if it is not known. */
    Optional<Caller> caller(ConnectionId connection, Instant now) {
        return table.get(pk(connection), CONNECTION)
                .filter(item -> !item.isExpired(now))
                .map(
                        item ->
                                new Caller(
                                        new UserId(item.text("user")),
                                        item.optionalText("roles").stream()
                                                .flatMap(String::lines)
                                                .collect(Collectors.toUnmodifiableSet())));
    }

    /** What came of noting a request's turn. */
    sealed interface Binding {
        /** It receives the turn. */
        record Bound() implements Binding {}

        /** It receives the turn, and was aborted before: frames may overtake each other. */
        record Aborted() implements Binding {}

        /** It receives another turn already: two streams of one request would be mixed up. */
        record InUse(TurnId other) implements Binding {}
    }

    /** Notes which turn a request receives. */
    Binding bind(ConnectionId connection, RequestId request, TurnId turn, Instant now) {
        Optional<Item> noted =
                request(
                        connection,
                        request,
                        "SET turn = :turn, expiresAt = :expiresAt",
                        "attribute_not_exists(turn) OR turn = :turn",
                        Item.empty().text("turn", turn.value()),
                        now);
        if (noted.isPresent()) {
            return noted.get().optionalText("aborted").isPresent()
                    ? new Binding.Aborted()
                    : new Binding.Bound();
        }
        return turn(connection, request)
                .<Binding>map(Binding.InUse::new)
                .orElseGet(() -> bind(connection, request, turn, now));
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

    /** The turn that a request receives; empty if it receives none. */
    Optional<TurnId> turn(ConnectionId connection, RequestId request) {
        return table.get(pk(connection), REQUEST + request)
                .flatMap(item -> item.optionalText("turn"))
                .map(TurnId::new);
    }

    /**
     * Notes that a request is aborted.
     *
     * @return its turn; empty if the request has not come yet, it will find the note then
     */
    Optional<TurnId> abort(ConnectionId connection, RequestId request, Instant now) {
        return request(
                        connection,
                        request,
                        "SET aborted = :aborted, expiresAt = :expiresAt",
                        null,
                        Item.empty().text("aborted", "true"),
                        now)
                .orElseThrow()
                .optionalText("turn")
                .map(TurnId::new);
    }

    /**
     * Forgets a connection and returns the turns that its requests received: a thousand at most, so
     * that it is done in time. The requests' items expire by themselves; deleting each would cost a
     * write.
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
            item.optionalText("turn")
                    .ifPresent(turn -> bound.add(new Bound(request, new TurnId(turn))));
        }
        return bound;
    }

    /** A request and the turn that it receives. */
    record Bound(RequestId request, TurnId turn) {}

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
