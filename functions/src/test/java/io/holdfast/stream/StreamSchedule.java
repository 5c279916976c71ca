package io.holdfast.stream;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Advanced;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Attached;
import io.holdfast.stream.TurnStream.Closed;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Subscription;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;

/**
 * One random life of a turn, step by step on one thread: writers that crash and are succeeded,
 * pumps that stall and wake up, clients that drop and resume, leases that run out. Every client
 * obeys the AI SDK's rules: a duplicate is ignored, a gap is a failure. In the end everyone who is
 * still there must have everything.
 */
public final class StreamSchedule {
    private final TurnStream stream;
    private final StreamSettings settings;
    private final Random random;
    private final TurnId turn = new TurnId("turn-" + UUID.randomUUID());
    private final List<String> truth = new ArrayList<>();
    private final Map<Subscriber, Client> clients = new HashMap<>();
    private final List<Pump> pumps = new ArrayList<>();
    private final List<Writer> writers = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Fence fence = Fence.NONE;
    private boolean ended;
    private int names;

    private StreamSchedule(TurnStream stream, StreamSettings settings, long seed) {
        this.stream = stream;
        this.settings = settings;
        this.random = new Random(seed);
    }

    /**
     * Plays the schedule of this seed.
     *
     * @throws AssertionError if a client sees a gap, a wrong chunk, or never the end
     */
    public static void play(TurnStream stream, StreamSettings settings, long seed) {
        try {
            new StreamSchedule(stream, settings, seed).play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("schedule of seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private void play() {
        check(stream.create(turn, TurnStream.Beginning.EMPTY, now), "the turn was there");
        succeed();
        attachNew();
        int events = 30 + random.nextInt(120);
        for (int i = 0; i < events; i++) {
            event();
        }
        if (!ended) {
            close();
        }
        while (!pumps.isEmpty()) {
            step(pick(pumps));
        }
        sweep();
        clients.forEach((name, client) -> check(client.gone || client.ended, name + " got no end"));
    }

    private void event() {
        switch (random.nextInt(32)) {
            case 0, 1, 2, 3, 4, 5 -> appendBy(pick(writers));
            case 6, 7 -> attachNew();
            case 8 -> resume();
            case 9 -> drop();
            case 10, 11 -> now = now.plusMillis(random.nextInt(3_000));
            case 12 -> now = now.plus(settings.lease());
            case 13 -> crash();
            case 14 -> succeed();
            case 15 -> pick(writers).finish();
            case 16 -> handOver();
            case 17 -> {
                if (random.nextInt(6) == 0) {
                    close();
                }
            }
            default -> {
                if (!pumps.isEmpty()) {
                    step(pick(pumps));
                }
            }
        }
    }

    private void succeed() {
        Fence next =
                random.nextBoolean()
                        ? new Fence(Math.max(1, fence.step()), fence.attempt() + 1)
                        : new Fence(fence.step() + 1, 1);
        switch (stream.open(turn, next, now)) {
            case Opened.Claimed(long at, int begun) -> {
                check(!ended && at == truth.size(), "open found another place");
                fence = next;
                writers.add(new Writer(name("writer"), next));
            }
            case Opened.Ended(TurnStatus status, long at) ->
                    check(ended && at == truth.size(), "open found an end");
            case Opened.Outdated outdated -> check(false, "the newest fence was outdated");
            case Opened.Missing missing -> check(false, "the turn was missing");
        }
    }

    private void appendBy(Writer writer) {
        int count = random.nextInt(4);
        List<String> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chunks.add("chunk " + (truth.size() + i) + " of " + writer.holder);
        }
        Map<Subscriber, Long> marks = new HashMap<>();
        pumps.stream()
                .filter(pump -> pump.holder.equals(writer.holder))
                .forEach(pump -> marks.put(pump.subscriber, pump.cursor));
        switch (stream.append(
                turn, writer.fence, chunks, null, TurnStream.Span.ANY, writer.holder, marks, now)) {
            case Appended.Written written -> {
                check(!ended && writer.fence.equals(fence), "an append was not refused");
                truth.addAll(chunks);
                check(written.next() == truth.size(), "append went to another place");
                pumps.removeIf(
                        pump ->
                                pump.holder.equals(writer.holder)
                                        && written.lost().contains(pump.subscriber));
                pumps.stream()
                        .filter(pump -> pump.holder.equals(writer.holder))
                        .forEach(pump -> pump.offer(written.next() - chunks.size(), chunks));
                for (Subscription leased : written.leased()) {
                    Pump pump = new Pump(leased.subscriber(), writer.holder, leased.cursor());
                    pump.fromMemory = true;
                    pump.offer(written.next() - chunks.size(), chunks);
                    pumps.add(pump);
                }
            }
            case Appended.Outdated outdated ->
                    check(!writer.fence.equals(fence), "the newest writer was outdated");
            case Appended.Ended end -> check(ended, "an append found an end");
            case Appended.Missing missing -> check(false, "the turn was missing");
            case Appended.Full full -> check(false, "there was no limit");
        }
    }

    private void attachNew() {
        int base = truth.isEmpty() ? 0 : random.nextInt(truth.size());
        attach(new Client(random.nextBoolean() ? 0 : base));
    }

    /** A client that comes back on another connection and says what it has. */
    private void resume() {
        if (!clients.isEmpty()) {
            Client old = pick(List.copyOf(clients.values()));
            if (!old.ended) {
                old.gone = true;
                Client back = new Client(old.base);
                back.last = old.last;
                attach(back);
            }
        }
    }

    private void attach(Client client) {
        String name = name("client");
        Subscriber subscriber = new Subscriber(new ConnectionId(name), new RequestId(name));
        String holder = name("replay");
        long cursor = client.base + client.last + 1;
        Attached attached = stream.attach(turn, subscriber, client.base, cursor, holder, now);
        check(attached instanceof Attached.Subscribed, "the turn was missing");
        clients.put(subscriber, client);
        pumps.add(new Pump(subscriber, holder, cursor));
    }

    private void drop() {
        if (!clients.isEmpty()) {
            pick(List.copyOf(clients.values())).gone = true;
        }
    }

    /** A function dies with all that it delivered; sometimes the writer. */
    private void crash() {
        if (!pumps.isEmpty()) {
            String holder = pick(pumps).holder;
            pumps.removeIf(pump -> pump.holder.equals(holder));
        }
    }

    private void handOver() {
        if (!pumps.isEmpty()) {
            Pump pump = pick(pumps);
            stream.release(turn, pump.subscriber, pump.cursor, pump.holder);
            pumps.remove(pump);
            if (random.nextBoolean()) {
                pumps.add(new Pump(pump.subscriber, name("handed"), pump.cursor));
            }
        }
    }

    private void close() {
        String holder = name("finish");
        List<String> last = random.nextBoolean() ? List.of() : List.of("the last chunk");
        switch (stream.close(turn, TurnStatus.COMPLETED, last, holder, now)) {
            case Closed.Won(long next, List<Subscription> leased) -> {
                check(!ended, "the turn ended twice");
                ended = true;
                truth.addAll(last);
                check(next == truth.size(), "close went to another place");
                leased.forEach(one -> pumps.add(new Pump(one.subscriber(), holder, one.cursor())));
            }
            case Closed.Already already -> check(ended, "close found an end");
            case Closed.Missing missing -> check(false, "the turn was missing");
        }
    }

    private void sweep() {
        now = now.plus(settings.lease());
        clients.forEach(
                (subscriber, client) -> {
                    if (!client.gone && !client.ended) {
                        pumps.add(new Pump(subscriber, "sweeper", 0));
                    }
                });
        while (!pumps.isEmpty()) {
            step(pick(pumps));
        }
    }

    private void step(Pump pump) {
        Client client =
                Objects.requireNonNull(clients.get(pump.subscriber), "a stranger is delivered to");
        Entry entry = pump.batch.poll();
        if (entry != null) {
            if (client.gone) {
                stream.detach(turn, pump.subscriber);
                pumps.remove(pump);
            } else {
                client.receive(entry);
                pump.cursor = entry.sequence() + 1;
            }
        } else if (pump.atEnd >= 0) {
            client.receiveEnd();
            pump.cursor = pump.atEnd;
            pump.atEnd = -1;
        } else if (!pump.fromMemory || ended) {
            advance(pump);
        } else {
            pump.fromMemory = random.nextInt(4) != 0;
        }
    }

    private void advance(Pump pump) {
        switch (stream.advance(turn, pump.subscriber, pump.cursor, pump.holder, now)) {
            case Advanced.More(List<Entry> entries, long cursor, boolean ends) -> {
                check(ends || !entries.isEmpty(), "more was nothing");
                check(!ends || ended, "a running turn ends");
                pump.batch.addAll(entries);
                pump.atEnd = ends ? cursor : -1;
            }
            case Advanced.Idle idle -> {
                check(!ended, "idle after the end");
                pumps.remove(pump);
            }
            case Advanced.Done done -> pumps.remove(pump);
            case Advanced.Lost lost -> pumps.remove(pump);
            case Advanced.Missing missing -> check(false, "the turn was missing");
        }
    }

    private String name(String kind) {
        return kind + names++;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** What the AI SDK's client does with frames. */
    private final class Client {
        private final long base;
        private long last = -1;
        private boolean gone;
        private boolean ended;

        Client(long base) {
            this.base = base;
        }

        void receive(Entry entry) {
            check(
                    truth.get((int) entry.sequence()).equals(entry.chunk()),
                    "a chunk changed at " + entry.sequence());
            long sequence = entry.sequence() - base;
            if (!ended && sequence > last) {
                check(sequence == last + 1, "a gap: " + sequence + " after " + last);
                last = sequence;
            }
        }

        void receiveEnd() {
            check(StreamSchedule.this.ended, "the end came before it");
            if (!ended) {
                check(base + last + 1 == truth.size(), "the end came too early");
                ended = true;
            }
        }
    }

    private final class Writer {
        private final String holder;
        private final Fence fence;

        Writer(String holder, Fence fence) {
            this.holder = holder;
            this.fence = fence;
        }

        /** Lets its pumps read on by themselves, until they are idle. */
        void finish() {
            pumps.stream()
                    .filter(pump -> pump.holder.equals(holder))
                    .forEach(pump -> pump.fromMemory = false);
        }
    }

    private static final class Pump {
        private final Subscriber subscriber;
        private final String holder;
        private final Deque<Entry> batch = new ArrayDeque<>();
        private long cursor;
        private long atEnd = -1;
        private boolean fromMemory;

        Pump(Subscriber subscriber, String holder, long cursor) {
            this.subscriber = subscriber;
            this.holder = holder;
            this.cursor = cursor;
        }

        /** Takes chunks that were just written, if they follow on what it has. */
        void offer(long first, List<String> chunks) {
            if (!fromMemory) {
                return;
            }
            @Nullable Entry newest = batch.peekLast();
            long tail = newest == null ? cursor : newest.sequence() + 1;
            if (tail != first) {
                fromMemory = false;
                return;
            }
            for (int i = 0; i < chunks.size(); i++) {
                batch.add(new Entry(first + i, chunks.get(i)));
            }
        }
    }
}
