package io.holdfast.turn;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream.Subscription;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Who receives a turn, in the record: whoever makes a stream again that Redis forgot finds its
 * readers here.
 *
 * <p>Items under {@code TURN#<id>}: {@code SUBSCRIBER#<connection>/<request>} with the first
 * sequence that the reader asked for. They are written before the reader is attached to the stream,
 * so that whoever makes the stream after that finds them, and go when the reader has everything.
 */
public final class SubscriberStore {
    /**
     * A connection lives two hours at most (API Gateway, "WebSocket quotas"); with some reserve.
     */
    private static final Duration LIFE = Duration.ofHours(3);

    private static final String SUBSCRIBER = "SUBSCRIBER#";

    private final RecordTable table;

    /** The subscribers in this table. */
    public SubscriberStore(RecordTable table) {
        this.table = table;
    }

    /** Notes that a subscriber receives a turn from its cursor on. */
    public void put(TurnId turn, Subscription subscription, Instant now) {
        Subscriber subscriber = subscription.subscriber();
        table.put(
                Item.at(TurnItems.pk(turn), sk(subscriber))
                        .text("connection", subscriber.connection().value())
                        .text("request", subscriber.request().value())
                        .number("base", subscription.base())
                        .number("from", subscription.cursor())
                        .expiresAt(now.plus(LIFE)));
    }

    /** Forgets a subscriber. */
    public void remove(TurnId turn, Subscriber subscriber) {
        table.delete(TurnItems.pk(turn), sk(subscriber));
    }

    /** All subscribers of a turn, at the place where they began. */
    List<Subscription> all(TurnId turn, Instant now) {
        return table.all(TurnItems.pk(turn), SUBSCRIBER).stream()
                .filter(item -> !item.isExpired(now))
                .map(
                        item ->
                                new Subscription(
                                        new Subscriber(
                                                new ConnectionId(item.text("connection")),
                                                new RequestId(item.text("request"))),
                                        item.number("base"),
                                        item.number("from")))
                .toList();
    }

    /** Forgets all subscribers of a turn: they have everything. */
    void clear(TurnId turn) {
        for (Item item : table.all(TurnItems.pk(turn), SUBSCRIBER)) {
            table.delete(item.text("pk"), item.text("sk"));
        }
    }

    private static String sk(Subscriber subscriber) {
        return SUBSCRIBER + subscriber.connection() + "/" + subscriber.request();
    }
}
