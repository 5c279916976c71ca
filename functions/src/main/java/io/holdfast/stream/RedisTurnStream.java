package io.holdfast.stream;

import io.holdfast.platform.TurnId;

import org.jspecify.annotations.Nullable;

import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.resps.StreamEntry;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Turns' streams in Redis 7: three keys each, all under the hash tag {@code {turnId}}, so that they
 * work on a cluster.
 *
 * <p>Nothing is tried again here and nothing is swallowed: what Redis or the way to it does wrong
 * is thrown as {@link JedisException}. After such a failure of {@link #append} it is open whether
 * the chunks were written; the step must be written again under a new fence. The client that is
 * passed in sets the timeouts; its pool must hold eight connections (Jedis's default) or more.
 */
public final class RedisTurnStream implements TurnStream {
    /** Bytes of chunks per read, so that a page of large ones neither blocks Redis nor the heap. */
    static final int READ_BYTES = 256 * 1024;

    private static final Script CREATE = Script.named("create");
    private static final Script VERIFY = Script.named("verify");
    private static final Script OPEN = Script.named("open");
    private static final Script APPEND = Script.named("append");
    private static final Script ATTACH = Script.named("attach");
    private static final Script ADOPT = Script.named("adopt");
    private static final Script TAKE = Script.named("take");
    private static final Script ADVANCE = Script.named("advance");
    private static final Script RELEASE = Script.named("release");
    private static final Script DETACH = Script.named("detach");
    private static final Script PAUSE = Script.named("pause");
    private static final Script UNPAUSE = Script.named("unpause");
    private static final Script CLOSE = Script.named("close");
    private static final Script SUBSCRIBERS = Script.named("subscribers");

    /**
     * Calls at once, fewer than the pool has connections. A pool at its limit makes commons-pool2
     * (2.13.1, {@code GenericObjectPool.create}) spin while another thread connects; virtual
     * threads that spin on the one or two processors of a function leave none to the one that
     * connects, for ever.
     */
    private static final int CALLS_AT_ONCE = 6;

    /** How long a call waits for its turn; a healthy Redis answers each in a millisecond. */
    private static final Duration TURN_LIMIT = Duration.ofSeconds(5);

    private final Semaphore turns = new Semaphore(CALLS_AT_ONCE, true);
    private final UnifiedJedis redis;
    private final StreamSettings settings;
    private final String activeLife;
    private final String endedLife;

    /** Uses a client that the caller configured and closes. */
    public RedisTurnStream(UnifiedJedis redis, StreamSettings settings) {
        this.redis = redis;
        this.settings = settings;
        this.activeLife = text(settings.activeLife().toMillis());
        this.endedLife = text(settings.endedLife().toMillis());
    }

    @Override
    public boolean create(TurnId turn, Beginning beginning, Instant now) {
        TurnStatus status = beginning.status();
        List<String> arguments = new ArrayList<>(5 + beginning.chunks().size());
        arguments.add(status.wireName());
        arguments.add(text(beginning.begunStep()));
        arguments.add(text(beginning.continued()));
        arguments.add(millis(now));
        arguments.add(status.isFinal() ? endedLife : activeLife);
        arguments.addAll(beginning.chunks());
        Reply reply = run(CREATE, turn, arguments);
        return switch (reply.outcome()) {
            case "created" -> true;
            case "exists" -> false;
            default -> throw reply.unknown();
        };
    }

    @Override
    public boolean verify(TurnId turn, long reached) {
        requireNotNegative(reached, "reached");
        Reply reply = run(VERIFY, turn, text(reached));
        return switch (reply.outcome()) {
            case "whole" -> true;
            case "missing" -> false;
            default -> throw reply.unknown();
        };
    }

    @Override
    public Opened open(TurnId turn, Fence fence, Instant now) {
        Reply reply = run(OPEN, turn, text(fence.number()), activeLife);
        return switch (reply.outcome()) {
            case "claimed" -> new Opened.Claimed(reply.number(1), (int) reply.number(2));
            case "outdated" -> new Opened.Outdated(Fence.of(reply.number(1)));
            case "ended" -> new Opened.Ended(TurnStatus.of(reply.text(1)), reply.number(2));
            case "missing" -> new Opened.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public Appended append(
            TurnId turn,
            Fence fence,
            List<String> chunks,
            @Nullable Integer begins,
            Span span,
            String holder,
            Map<Subscriber, Long> marks,
            Instant now) {
        List<String> arguments = new ArrayList<>(9 + chunks.size() + 2 * marks.size());
        arguments.add(text(fence.number()));
        arguments.add(text(begins == null ? 0 : begins));
        arguments.add(text(span.reached()));
        arguments.add(text(span.limit()));
        arguments.add(holder);
        arguments.add(millis(now));
        arguments.add(leaseEnd(now));
        arguments.add(activeLife);
        arguments.add(text(chunks.size()));
        arguments.addAll(chunks);
        marks.forEach(
                (subscriber, cursor) -> {
                    arguments.add(subscriber.field());
                    arguments.add(text(cursor));
                });
        Reply reply = run(APPEND, turn, arguments);
        return switch (reply.outcome()) {
            case "written" ->
                    new Appended.Written(
                            reply.number(1), reply.subscriptions(2), reply.subscribers(3));
            case "outdated" -> new Appended.Outdated(Fence.of(reply.number(1)));
            case "ended" -> new Appended.Ended(TurnStatus.of(reply.text(1)));
            case "full" -> new Appended.Full(reply.number(1));
            case "missing" -> new Appended.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public Attached attach(
            TurnId turn,
            Subscriber subscriber,
            long base,
            long cursor,
            String holder,
            Instant now) {
        requireNotNegative(base, "base");
        requireNotNegative(cursor, "cursor");
        Reply reply =
                run(
                        ATTACH,
                        turn,
                        subscriber.field(),
                        text(base),
                        text(cursor),
                        holder,
                        leaseEnd(now),
                        activeLife);
        return switch (reply.outcome()) {
            case "subscribed" ->
                    new Attached.Subscribed(TurnStatus.of(reply.text(1)), reply.number(2));
            case "missing" -> new Attached.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public boolean adopt(TurnId turn, List<Subscription> subscriptions, Instant now) {
        List<String> arguments = new ArrayList<>(1 + 3 * subscriptions.size());
        arguments.add(activeLife);
        for (Subscription one : subscriptions) {
            requireNotNegative(one.base(), "base");
            requireNotNegative(one.cursor(), "cursor");
            arguments.add(one.subscriber().field());
            arguments.add(text(one.base()));
            arguments.add(text(one.cursor()));
        }
        Reply reply = run(ADOPT, turn, arguments);
        return switch (reply.outcome()) {
            case "adopted" -> true;
            case "missing" -> false;
            default -> throw reply.unknown();
        };
    }

    @Override
    public Taken take(TurnId turn, String holder, Instant now) {
        Reply reply = run(TAKE, turn, holder, millis(now), leaseEnd(now), activeLife);
        return switch (reply.outcome()) {
            case "taken" -> new Taken.Some(reply.subscriptions(1), (int) reply.number(2));
            case "missing" -> new Taken.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public Advanced advance(
            TurnId turn, Subscriber subscriber, long cursor, String holder, Instant now) {
        requireNotNegative(cursor, "cursor");
        Reply reply =
                run(
                        ADVANCE,
                        turn,
                        subscriber.field(),
                        text(cursor),
                        holder,
                        millis(now),
                        leaseEnd(now),
                        activeLife,
                        text(settings.readLimit()),
                        text(READ_BYTES));
        return switch (reply.outcome()) {
            case "more" -> more(reply);
            case "idle" -> new Advanced.Idle();
            case "done" -> new Advanced.Done();
            case "lost" -> new Advanced.Lost();
            case "missing" -> new Advanced.Missing();
            default -> throw reply.unknown();
        };
    }

    private static Advanced.More more(Reply reply) {
        long sequence = reply.number(1);
        boolean ends = reply.number(2) == 1;
        List<Entry> entries = new ArrayList<>();
        for (Object chunk : reply.list(3)) {
            entries.add(new Entry(sequence++, (String) chunk));
        }
        return new Advanced.More(entries, ends ? sequence + 1 : sequence, ends);
    }

    @Override
    public void release(TurnId turn, Subscriber subscriber, long cursor, String holder) {
        requireNotNegative(cursor, "cursor");
        run(RELEASE, turn, subscriber.field(), text(cursor), holder);
    }

    @Override
    public void detach(TurnId turn, Subscriber subscriber) {
        detach(turn, subscriber, "");
    }

    @Override
    public void detach(TurnId turn, Subscriber subscriber, String holder) {
        run(DETACH, turn, subscriber.field(), holder);
    }

    @Override
    public Paused pause(TurnId turn, long continued, Instant now) {
        Reply reply = run(PAUSE, turn, text(continued), activeLife);
        return switch (reply.outcome()) {
            case "paused" -> new Paused.Waiting();
            case "outdated" -> new Paused.Outdated();
            case "ended" -> new Paused.Ended(TurnStatus.of(reply.text(1)));
            case "missing" -> new Paused.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public Unpaused unpause(TurnId turn, long continued, Instant now) {
        Reply reply = run(UNPAUSE, turn, text(continued), activeLife);
        return switch (reply.outcome()) {
            case "unpaused" -> new Unpaused.Running(reply.number(1));
            case "ended" -> new Unpaused.Ended(TurnStatus.of(reply.text(1)));
            case "missing" -> new Unpaused.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public Closed close(
            TurnId turn, TurnStatus status, List<String> lastChunks, String holder, Instant now) {
        requireFinal(status);
        List<String> arguments = new ArrayList<>(4 + lastChunks.size());
        arguments.add(status.wireName());
        arguments.add(holder);
        arguments.add(leaseEnd(now));
        arguments.add(endedLife);
        arguments.addAll(lastChunks);
        Reply reply = run(CLOSE, turn, arguments);
        return switch (reply.outcome()) {
            case "won" -> new Closed.Won(reply.number(1), reply.subscriptions(2));
            case "already" -> new Closed.Already(TurnStatus.of(reply.text(1)));
            case "missing" -> new Closed.Missing();
            default -> throw reply.unknown();
        };
    }

    @Override
    public List<Subscription> subscribers(TurnId turn) {
        Reply reply = run(SUBSCRIBERS, turn);
        return switch (reply.outcome()) {
            case "subscribers" -> reply.subscriptions(1);
            case "missing" -> List.of();
            default -> throw reply.unknown();
        };
    }

    @Override
    public void delete(TurnId turn) {
        var _ = inTurn(() -> redis.del(keys(turn).toArray(String[]::new)));
    }

    @Override
    public List<Entry> read(TurnId turn, long from) {
        requireNotNegative(from, "from");
        String chunks = keys(turn).getFirst();
        List<StreamEntry> found =
                inTurn(() -> redis.xrange(chunks, (from + 1) + "-0", "+", settings.readLimit()));
        return found.stream()
                .map(
                        entry ->
                                new Entry(
                                        entry.getID().getTime() - 1,
                                        Objects.requireNonNull(entry.getFields().get("c"))))
                .toList();
    }

    static void requireFinal(TurnStatus status) {
        if (!status.isFinal()) {
            throw new IllegalArgumentException("a turn does not end as " + status.wireName());
        }
    }

    static void requireNotNegative(long sequence, String name) {
        if (sequence < 0) {
            throw new IllegalArgumentException(name + " must not be negative: " + sequence);
        }
    }

    private Reply run(Script script, TurnId turn, String... arguments) {
        return run(script, turn, List.of(arguments));
    }

    private Reply run(Script script, TurnId turn, List<String> arguments) {
        return new Reply(inTurn(() -> script.run(redis, keys(turn), arguments)));
    }

    private <T> T inTurn(Supplier<T> call) {
        try {
            if (!turns.tryAcquire(TURN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new JedisException("Redis is too slow: no call's turn came in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JedisException("interrupted while waiting for Redis", e);
        }
        try {
            return call.get();
        } finally {
            turns.release();
        }
    }

    private static List<String> keys(TurnId turn) {
        String tag = "{" + turn + "}";
        return List.of(tag + ":chunks", tag + ":turn", tag + ":subs");
    }

    private String leaseEnd(Instant now) {
        return millis(now.plus(settings.lease()));
    }

    private static String millis(Instant instant) {
        return text(instant.toEpochMilli());
    }

    private static String text(long number) {
        return Long.toString(number);
    }

    /** A script's answer: the outcome's name, then its fields. */
    private record Reply(List<?> items) {

        String outcome() {
            return text(0);
        }

        String text(int at) {
            return (String) items.get(at);
        }

        long number(int at) {
            return (Long) items.get(at);
        }

        List<?> list(int at) {
            return (List<?>) items.get(at);
        }

        List<Subscription> subscriptions(int at) {
            return list(at).stream()
                    .map(item -> new Reply((List<?>) item))
                    .map(
                            one ->
                                    new Subscription(
                                            Subscriber.of(one.text(0)),
                                            one.number(1),
                                            one.number(2)))
                    .toList();
        }

        List<Subscriber> subscribers(int at) {
            return list(at).stream().map(field -> Subscriber.of((String) field)).toList();
        }

        IllegalStateException unknown() {
            return new IllegalStateException("a script answered " + outcome());
        }
    }
}
