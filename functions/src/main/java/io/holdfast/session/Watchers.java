package io.holdfast.session;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import java.time.Instant;
import java.util.List;

/**
 * Who watches which conversation.
 *
 * <p>Items under {@code SESSION#<id>}: {@code WATCHER#<connection>#<request>}. A conversation may
 * be watched before it begins, so whose it is shows only when there is something to tell.
 */
public final class Watchers {
    private static final String WATCHER = "WATCHER#";

    /** Tabs of one person; who has more open than that sees the rest by looking. */
    private static final int MAX_TOLD = 100;

    private final RecordTable table;

    /** The watchers in this table. */
    public Watchers(RecordTable table) {
        this.table = table;
    }

    /** One request that is told. */
    public record Watcher(ConnectionId connection, RequestId request) {}

    /** Notes that a user watches, until then at most. */
    public void add(SessionId session, Watcher watcher, UserId user, Instant until) {
        table.put(
                Item.at(pk(session), sk(watcher))
                        .text("connection", watcher.connection().value())
                        .text("request", watcher.request().value())
                        .text("user", user.value())
                        .expiresAt(until));
    }

    /** Forgets one. */
    public void remove(SessionId session, Watcher watcher) {
        table.delete(pk(session), sk(watcher));
    }

    /** Those of a user who watch a conversation now, a hundred at most. */
    List<Watcher> of(SessionId session, UserId user, Instant now) {
        return table
                .query(pk(session), WATCHER, WATCHER + Character.MAX_VALUE, true, MAX_TOLD, null)
                .items()
                .stream()
                .filter(item -> !item.isExpired(now) && item.text("user").equals(user.value()))
                .map(
                        item ->
                                new Watcher(
                                        new ConnectionId(item.text("connection")),
                                        new RequestId(item.text("request"))))
                .toList();
    }

    private static String pk(SessionId session) {
        return "SESSION#" + session;
    }

    private static String sk(Watcher watcher) {
        return WATCHER + watcher.connection() + "#" + watcher.request();
    }
}
