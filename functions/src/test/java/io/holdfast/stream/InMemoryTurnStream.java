package io.holdfast.stream;

import io.holdfast.platform.TurnId;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The twin of {@link RedisTurnStream} for tests; the same contract tests hold both. It knows no
 * lives: a stream stays until it is told to forget it.
 */
public final class InMemoryTurnStream implements TurnStream {
    private final Map<TurnId, Turn> turns = new HashMap<>();
    private final StreamSettings settings;
    private @Nullable RuntimeException outage;
    private boolean passes;

    /** A twin that knows no turn yet. */
    public InMemoryTurnStream(StreamSettings settings) {
        this.settings = settings;
    }

    /** Forgets every turn, as a Redis does that is restarted. */
    public synchronized void forget() {
        turns.clear();
    }

    /** Loses one part of a turn, as a Redis does that evicts a key, or all if none is named. */
    public synchronized void lose(TurnId id, @Nullable Part part) {
        Turn turn = turns.get(id);
        if (turn != null && !(part == Part.CHUNKS && turn.chunks.isEmpty())) {
            turns.remove(id);
        }
    }

    /**
     * Loses the newest entries of a turn, as a Redis does whose replica lagged when it took over.
     */
    public synchronized void loseNewest(TurnId id, int entries) {
        Turn turn = Objects.requireNonNull(turns.get(id));
        turn.chunks.subList(turn.chunks.size() - entries, turn.chunks.size()).clear();
    }

    /** What Redis keeps of a turn, each under a key of its own. */
    public enum Part {
        CHUNKS,
        TURN,
        SUBSCRIBERS
    }

    /** From now on every call throws this. */
    public synchronized void breakWith(RuntimeException failure) {
        outage = failure;
    }

    /** The next call throws this, and those after it do not. */
    public synchronized void failOnce(RuntimeException failure) {
        outage = failure;
        passes = true;
    }

    /** Ends the outage. */
    public synchronized void heal() {
        outage = null;
        passes = false;
    }

    @Override
    public synchronized boolean create(TurnId id, Beginning beginning, Instant now) {
        return find(id) == null && turns.put(id, new Turn(beginning)) == null;
    }

    @Override
    public synchronized boolean verify(TurnId id, long reached) {
        RedisTurnStream.requireNotNegative(reached, "reached");
        Turn turn = find(id);
        if (turn != null && turn.next() < reached) {
            turns.remove(id);
            return false;
        }
        return turn != null;
    }

    @Override
    public synchronized Opened open(TurnId id, Fence fence, Instant now) {
        Turn turn = find(id);
        if (turn == null) {
            return new Opened.Missing();
        }
        if (turn.status.isFinal()) {
            return new Opened.Ended(turn.status, turn.next());
        }
        if (!fence.equals(Fence.NONE) && fence.compareTo(turn.fence) < 0) {
            return new Opened.Outdated(turn.fence);
        }
        if (fence.compareTo(turn.fence) > 0) {
            turn.fence = fence;
            turn.subscribers.values().stream()
                    .filter(s -> !s.holder.isEmpty() && s.holder.equals(turn.writer))
                    .forEach(State::free);
        }
        return new Opened.Claimed(turn.next(), turn.begun);
    }

    @Override
    public synchronized Appended append(
            TurnId id,
            Fence fence,
            List<String> chunks,
            @Nullable Integer begins,
            Span span,
            String holder,
            Map<Subscriber, Long> marks,
            Instant now) {
        Turn turn = find(id);
        if (turn == null) {
            return new Appended.Missing();
        }
        if (turn.status.isFinal()) {
            return new Appended.Ended(turn.status);
        }
        if (fence.compareTo(turn.fence) < 0) {
            return new Appended.Outdated(turn.fence);
        }
        if (fence.compareTo(turn.fence) > 0) {
            return new Appended.Missing();
        }
        if (turn.next() < span.reached()) {
            turns.remove(id);
            return new Appended.Missing();
        }
        if (turn.next() + chunks.size() > span.limit()) {
            return new Appended.Full(turn.next());
        }
        turn.chunks.addAll(chunks);
        turn.writer = holder;
        turn.begun = Math.max(turn.begun, begins == null ? 0 : begins);
        List<Subscription> leased = new ArrayList<>();
        List<Subscriber> lost = new ArrayList<>(marks.keySet());
        turn.subscribers.forEach(
                (subscriber, state) -> {
                    Long mark = marks.get(subscriber);
                    if (mark != null && state.holder.equals(holder)) {
                        state.move(turn, mark);
                        state.lease(holder, now.plus(settings.lease()));
                        lost.remove(subscriber);
                    } else if (state.isFree(now)) {
                        state.lease(holder, now.plus(settings.lease()));
                        leased.add(state.of(subscriber));
                        lost.remove(subscriber);
                    }
                });
        return new Appended.Written(turn.next(), leased, lost);
    }

    @Override
    public synchronized Attached attach(
            TurnId id, Subscriber subscriber, long base, long cursor, String holder, Instant now) {
        RedisTurnStream.requireNotNegative(base, "base");
        RedisTurnStream.requireNotNegative(cursor, "cursor");
        Turn turn = find(id);
        if (turn == null) {
            return new Attached.Missing();
        }
        State state = new State(base, Math.min(cursor, turn.lastCursor()));
        state.lease(holder, now.plus(settings.lease()));
        turn.subscribers.put(subscriber, state);
        return new Attached.Subscribed(turn.status, turn.next());
    }

    @Override
    public synchronized boolean adopt(TurnId id, List<Subscription> subscriptions, Instant now) {
        for (Subscription one : subscriptions) {
            RedisTurnStream.requireNotNegative(one.base(), "base");
            RedisTurnStream.requireNotNegative(one.cursor(), "cursor");
        }
        Turn turn = find(id);
        if (turn == null) {
            return false;
        }
        for (Subscription one : subscriptions) {
            turn.subscribers.putIfAbsent(
                    one.subscriber(),
                    new State(one.base(), Math.min(one.cursor(), turn.lastCursor())));
        }
        return true;
    }

    @Override
    public synchronized Taken take(TurnId id, String holder, Instant now) {
        Turn turn = find(id);
        if (turn == null) {
            return new Taken.Missing();
        }
        List<Subscription> leased = new ArrayList<>();
        List<Subscriber> held = new ArrayList<>();
        turn.subscribers.forEach(
                (subscriber, state) -> {
                    if (!state.isFree(now)) {
                        if (!state.holder.equals(holder)) {
                            held.add(subscriber);
                        }
                    } else if (turn.rests() || state.cursor < turn.next()) {
                        state.lease(holder, now.plus(settings.lease()));
                        leased.add(state.of(subscriber));
                    }
                });
        return new Taken.Some(leased, held.size());
    }

    @Override
    public synchronized Advanced advance(
            TurnId id, Subscriber subscriber, long cursor, String holder, Instant now) {
        RedisTurnStream.requireNotNegative(cursor, "cursor");
        Turn turn = find(id);
        if (turn == null) {
            return new Advanced.Missing();
        }
        State state = turn.subscribers.get(subscriber);
        if (state == null) {
            return new Advanced.Lost();
        }
        if (state.holder.equals(holder)) {
            state.move(turn, cursor);
        } else if (!state.isFree(now)) {
            return new Advanced.Lost();
        }
        if (turn.rests() && state.cursor > turn.next()) {
            turn.subscribers.remove(subscriber);
            return new Advanced.Done();
        }
        if (!turn.rests() && state.cursor >= turn.next()) {
            state.free();
            return new Advanced.Idle();
        }
        state.lease(holder, now.plus(settings.lease()));
        List<Entry> entries = turn.entries(state.cursor, settings.readLimit());
        long reached = state.cursor + entries.size();
        boolean ends = turn.rests() && reached == turn.next();
        return new Advanced.More(entries, ends ? reached + 1 : reached, ends);
    }

    @Override
    public synchronized void release(TurnId id, Subscriber subscriber, long cursor, String holder) {
        RedisTurnStream.requireNotNegative(cursor, "cursor");
        Turn turn = find(id);
        State state = turn == null ? null : turn.subscribers.get(subscriber);
        if (turn != null && state != null && state.holder.equals(holder)) {
            state.move(turn, cursor);
            state.free();
            if (turn.rests() && state.cursor > turn.next()) {
                turn.subscribers.remove(subscriber);
            }
        }
    }

    @Override
    public synchronized void detach(TurnId id, Subscriber subscriber) {
        Turn turn = find(id);
        if (turn != null) {
            turn.subscribers.remove(subscriber);
        }
    }

    @Override
    public synchronized void detach(TurnId id, Subscriber subscriber, String holder) {
        Turn turn = find(id);
        State state = turn == null ? null : turn.subscribers.get(subscriber);
        if (turn != null && state != null && state.holder.equals(holder)) {
            turn.subscribers.remove(subscriber);
        }
    }

    @Override
    public synchronized Paused pause(TurnId id, long continued, Instant now) {
        Turn turn = find(id);
        if (turn == null) {
            return new Paused.Missing();
        }
        if (turn.status.isFinal()) {
            return new Paused.Ended(turn.status);
        }
        if (turn.continued > continued) {
            return new Paused.Outdated();
        }
        turn.status = TurnStatus.WAITING;
        turn.continued = continued;
        return new Paused.Waiting();
    }

    @Override
    public synchronized Unpaused unpause(TurnId id, long continued, Instant now) {
        Turn turn = find(id);
        if (turn == null) {
            return new Unpaused.Missing();
        }
        if (turn.status.isFinal()) {
            return new Unpaused.Ended(turn.status);
        }
        if (turn.continued < continued) {
            turn.status = TurnStatus.RUNNING;
            turn.continued = continued;
        }
        return new Unpaused.Running(turn.next());
    }

    @Override
    public synchronized Closed close(
            TurnId id, TurnStatus status, List<String> lastChunks, String holder, Instant now) {
        RedisTurnStream.requireFinal(status);
        Turn turn = find(id);
        if (turn == null) {
            return new Closed.Missing();
        }
        if (turn.status.isFinal()) {
            return new Closed.Already(turn.status);
        }
        turn.chunks.addAll(lastChunks);
        turn.status = status;
        List<Subscription> leased = new ArrayList<>();
        turn.subscribers.forEach(
                (subscriber, state) -> {
                    state.lease(holder, now.plus(settings.lease()));
                    leased.add(state.of(subscriber));
                });
        return new Closed.Won(turn.next(), leased);
    }

    @Override
    public synchronized void delete(TurnId id) {
        turns.remove(id);
    }

    @Override
    public synchronized List<Subscription> subscribers(TurnId id) {
        Turn turn = find(id);
        return turn == null
                ? List.of()
                : turn.subscribers.entrySet().stream()
                        .map(one -> one.getValue().of(one.getKey()))
                        .toList();
    }

    @Override
    public synchronized List<Entry> read(TurnId id, long from) {
        RedisTurnStream.requireNotNegative(from, "from");
        Turn turn = find(id);
        return turn == null ? List.of() : turn.entries(from, settings.readLimit());
    }

    private @Nullable Turn find(TurnId id) {
        RuntimeException failure = outage;
        if (failure != null) {
            if (passes) {
                heal();
            }
            throw failure;
        }
        return turns.get(id);
    }

    private static final class Turn {
        private final List<String> chunks;
        private final Map<Subscriber, State> subscribers = new LinkedHashMap<>();
        private TurnStatus status;
        private Fence fence = Fence.NONE;
        private String writer = "";
        private int begun;
        private long continued;

        Turn(Beginning beginning) {
            chunks = new ArrayList<>(beginning.chunks());
            status = beginning.status();
            begun = beginning.begunStep();
            continued = beginning.continued();
        }

        long next() {
            return chunks.size();
        }

        long lastCursor() {
            return rests() ? next() + 1 : next();
        }

        boolean rests() {
            return status.isFinal() || status == TurnStatus.WAITING;
        }

        List<Entry> entries(long from, int limit) {
            List<Entry> entries = new ArrayList<>();
            long bytes = 0;
            for (long at = from; at < next() && entries.size() < limit; at++) {
                String chunk = chunks.get((int) at);
                bytes += chunk.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
                if (bytes > RedisTurnStream.READ_BYTES && !entries.isEmpty()) {
                    break;
                }
                entries.add(new Entry(at, chunk));
            }
            return entries;
        }
    }

    private static final class State {
        private final long base;
        private long cursor;
        private String holder = "";
        private Instant lease = Instant.EPOCH;

        State(long base, long cursor) {
            this.base = base;
            this.cursor = cursor;
        }

        Subscription of(Subscriber subscriber) {
            return new Subscription(subscriber, base, cursor);
        }

        boolean isFree(Instant now) {
            return holder.isEmpty() || !lease.isAfter(now);
        }

        void lease(String by, Instant until) {
            holder = by;
            lease = until;
        }

        void free() {
            lease("", Instant.EPOCH);
        }

        void move(Turn turn, long reported) {
            cursor = Math.max(cursor, Math.min(reported, turn.lastCursor()));
        }
    }
}
