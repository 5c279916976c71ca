package io.holdfast.turn;

import io.holdfast.access.GuestStore;
import io.holdfast.platform.Checks;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Looks after turns that take long, so that nothing hangs: starts those that nobody has started,
 * ends those whose execution has ended or expired, keeps the streams of those that go on, brings
 * the end to readers that nobody reached, and forgets readers whose connection is gone. Also does
 * the rest of what takes longer than a request: deletes sessions, moves the turns of claimed ones,
 * and deletes what guests have left.
 *
 * <p>A turn is looked at two minutes after it began, if it is not settled by then, and then after
 * half its age again, from a minute to an hour. Everything that is done is conditional, so several
 * sweepers may run at once.
 */
final class TurnSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(TurnSweeper.class);

    /** Turns per shard and sweep; the rest is due in the next. */
    private static final int BATCH = 50;

    /** A reader that is not reached in this time is tried again with the next look. */
    private static final Duration DELIVERY = Duration.ofSeconds(5);

    /** Some hundred turns; the rest of a longer session is due in the next sweep. */
    private static final Duration ERASURE = Duration.ofSeconds(20);

    /** Some thousand turns; the rest likewise. */
    private static final Duration RELISTING = Duration.ofSeconds(20);

    /** Some hundred sessions, which are deleted here and cleared later; the rest likewise. */
    private static final Duration GOODBYE = Duration.ofSeconds(20);

    private static final Duration SHORTEST = Duration.ofMinutes(1);

    /** A waiting turn's stream lives for a day after each look. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private final TurnStore turns;
    private final SubscriberStore subscribers;
    private final TurnFinisher finisher;
    private final TurnSettler settler;
    private final StreamRestorer restorer;
    private final Delivery delivery;
    private final Predicate<ConnectionId> isOpen;
    private final Approvals approvals;
    private final SessionEraser eraser;
    private final Relister relister;
    private final GuestStore guests;
    private final GuestEraser guestEraser;
    private final TurnQueue queue;
    private final TurnMachine machine;
    private final Supplier<String> holders;

    TurnSweeper(TurnParts parts) {
        this.turns = parts.turns();
        this.subscribers = parts.subscribers();
        this.finisher = parts.finisher();
        this.settler = parts.settler();
        this.restorer = parts.restorer();
        this.delivery = parts.delivery();
        this.isOpen = parts.connections()::isOpen;
        this.holders = parts.ids()::holder;
        this.approvals = parts.approvals();
        this.queue = parts.queue();
        this.machine = parts.turnMachine();
        this.eraser = parts.eraser();
        this.relister = parts.relister();
        this.guests = parts.guests();
        this.guestEraser = new GuestEraser(parts, eraser);
    }

    /** What a sweep did. */
    record Swept(int looked, int ended, int failed) {}

    /** Looks at what is due, until there is nothing or the time is up: at guests last. */
    Swept sweep(Duration within) {
        Instant deadline = now().plus(within);
        int looked = 0;
        int ended = 0;
        int failed = 0;
        for (Line line : List.<Line>of(this::turns, this::guests)) {
            for (int shard = 0; shard < Checks.SHARDS; shard++) {
                for (Due due : line.due(shard)) {
                    if (!now().isBefore(deadline)) {
                        LOG.warn("Not all that is due could be looked at in time");
                        return new Swept(looked, ended, failed);
                    }
                    looked++;
                    try {
                        ended += look(due) ? 1 : 0;
                    } catch (RuntimeException e) {
                        // One turn in trouble must not keep the others waiting; it stays due.
                        LOG.error("{} could not be looked at", due, e);
                        failed++;
                    }
                }
            }
        }
        return new Swept(looked, ended, failed);
    }

    /** Where what is due stands, by shards. */
    private interface Line {
        List<Due> due(int shard);
    }

    private List<Due> turns(int shard) {
        return turns.due(shard, now(), BATCH);
    }

    private List<Due> guests(int shard) {
        return guests.due(shard, now(), BATCH).stream().<Due>map(Due.OfGuest::new).toList();
    }

    private boolean look(Due due) {
        return switch (due) {
            case Due.OfTurn(TurnId turn) -> look(turn);
            case Due.OfSession(SessionId session) -> {
                eraser.erase(session, ERASURE);
                yield false;
            }
            case Due.OfHandover(SessionId session) -> {
                relister.relist(session, RELISTING);
                yield false;
            }
            case Due.OfGuest(UserId guest) -> {
                guestEraser.erase(guest, GOODBYE);
                yield false;
            }
        };
    }

    /** Looks at one turn; whether it had to be ended. */
    private boolean look(TurnId id) {
        Turn turn = turns.find(id).orElse(null);
        if (turn == null) {
            return false;
        }
        boolean ends = false;
        if (turn.status().isFinal()) {
            if (settler.settle(id, List.of(), holders.get(), DELIVERY)) {
                return false;
            }
        } else if (turn.isQueued()) {
            // Whoever ended the turn before it may have died before it was begun.
            queue.advance(turn.session());
            keep(id);
        } else {
            switch (machine.progress(id)) {
                case RUNNING -> {
                    // Whoever answered may have died before the execution heard of it.
                    approvals.wake(id);
                    keep(id);
                }
                case ENDED -> {
                    LOG.error("The execution of {} has ended and left the turn open", id);
                    finisher.fail(id, FailureWords.INTERRUPTED);
                    ends = true;
                }
                case ABSENT -> {
                    if (settler.isCancelled(id)) {
                        // Whoever cancelled it died before the record.
                        finisher.fail(id, FailureWords.NOT_STARTED);
                        ends = true;
                    } else {
                        // Whoever began it died before that, or the service was not there.
                        LOG.warn("The turn {} has no execution: it is started now", id);
                        machine.start(turn);
                    }
                }
            }
        }
        forgetVanished(id);
        turns.checkAgain(id, now().plus(untilNext(turn)));
        return ends;
    }

    /** Keeps a stream alive, and its readers. */
    private void keep(TurnId id) {
        TurnStream stream = delivery.stream();
        if (stream.open(id, Fence.NONE, now()) instanceof Opened.Missing) {
            var _ = restorer.restore(id);
        }
        String holder = holders.get();
        if (stream.take(id, holder, now()) instanceof Taken.Some(var leased, int held)
                && !leased.isEmpty()) {
            var _ = delivery.deliver(id, leased, holder, now().plus(DELIVERY));
        }
    }

    private void forgetVanished(TurnId id) {
        for (Subscription subscription : delivery.stream().subscribers(id)) {
            if (!isOpen.test(subscription.subscriber().connection())) {
                delivery.stream().detach(id, subscription.subscriber());
                subscribers.remove(id, subscription.subscriber());
            }
        }
    }

    private Duration untilNext(Turn turn) {
        Duration half = Duration.between(turn.createdAt(), now()).dividedBy(2);
        if (half.compareTo(SHORTEST) < 0) {
            return SHORTEST;
        }
        return half.compareTo(LONGEST) > 0 ? LONGEST : half;
    }

    private Instant now() {
        return delivery.clock().instant();
    }
}
