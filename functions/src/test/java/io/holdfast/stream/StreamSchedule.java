package io.holdfast.stream;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.InMemoryTurnStream.Part;
import io.holdfast.stream.TurnStream.Advanced;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Attached;
import io.holdfast.stream.TurnStream.Beginning;
import io.holdfast.stream.TurnStream.Closed;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Paused;
import io.holdfast.stream.TurnStream.Span;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;
import io.holdfast.stream.TurnStream.Unpaused;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;

/**
 * One random life of a turn, step by step on one thread: writers that crash, are succeeded and
 * write beside each other, pumps that stall and wake up, clients that drop and resume, leases that
 * run out, pauses for humans whose answers cross them, and a stream that is lost and restored.
 *
 * <p>Every client obeys the AI SDK's rules: a duplicate is ignored, a gap is a failure, {@code
 * reset-step} takes back what came since {@code start-step}. A place may read otherwise than it was
 * written only if its step was incomplete when the stream was restored; then it reads {@code
 * reset-step}. In the end everyone who is still there must have everything, and every complete step
 * as it was written last; or, if a pause has ended its request, everything up to that pause.
 */
public final class StreamSchedule {
    private static final String START = "{\"type\":\"start-step\"}";
    private static final String RESET = "{\"type\":\"reset-step\"}";
    private static final String FINISH = "{\"type\":\"finish-step\"}";

    private final TurnStream stream;
    private final Loss loss;
    private final StreamSettings settings;
    private final Random random;
    private final TurnId turn = new TurnId("turn-" + UUID.randomUUID());

    private final List<Place> truth = new ArrayList<>();
    private final Recorded record = new Recorded();
    private final Map<Subscriber, Client> clients = new HashMap<>();
    private final List<Pump> pumps = new ArrayList<>();
    private final List<Pump> stalled = new ArrayList<>();
    private final List<Writer> writers = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Fence streamFence = Fence.NONE;
    private int begunStep;
    private @Nullable Fence finishedBy;
    private boolean ended;
    private boolean waits;
    private long continued;
    private boolean lost;
    private boolean adoptionIsDue;
    private int names;

    private StreamSchedule(TurnStream stream, Loss loss, StreamSettings settings, long seed) {
        this.stream = stream;
        this.loss = loss;
        this.settings = settings;
        this.random = new Random(seed);
    }

    /** How a Redis forgets. */
    public interface Loss {
        /** Loses one part of a turn, or all of it if none is named. */
        void lose(TurnId turn, @Nullable Part part);
    }

    /**
     * Plays the schedule of this seed.
     *
     * @throws AssertionError if a client sees a gap, a wrong chunk, or never the end
     */
    public static void play(TurnStream stream, Loss loss, StreamSettings settings, long seed) {
        try {
            new StreamSchedule(stream, loss, settings, seed).play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("schedule of seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private void play() {
        check(stream.create(turn, Beginning.EMPTY, now), "the turn was there");
        succeed();
        attachNew();
        int events = 30 + random.nextInt(150);
        for (int i = 0; i < events; i++) {
            event();
        }
        finish();
        clients.forEach((name, client) -> client.checkComplete(name));
    }

    private void event() {
        switch (random.nextInt(43)) {
            case 0, 1, 2, 3, 4, 5, 6 -> {
                if (!writers.isEmpty()) {
                    appendBy(pick(writers));
                }
            }
            case 7, 8 -> attachNew();
            case 9 -> resume();
            case 10 -> drop();
            case 11, 12 -> now = now.plusMillis(random.nextInt(3_000));
            case 13 -> now = now.plus(settings.lease());
            case 14 -> crash();
            case 15, 16 -> succeed();
            case 17 -> joinWriter();
            case 18 -> {
                if (!writers.isEmpty()) {
                    pick(writers).finish();
                }
            }
            case 19 -> handOver();
            case 20 -> stall();
            case 21 -> wakeUp();
            case 22 -> record.storeStep();
            case 23 -> {
                if (random.nextInt(3) == 0) {
                    lose();
                }
            }
            case 24, 25 -> restore();
            case 26 -> adopt();
            case 27 -> take();
            case 28 -> {
                if (random.nextInt(8) == 0) {
                    close();
                }
            }
            case 29 -> {
                if (!ended) {
                    record.waits = true;
                    record.pauses.add(record.answers);
                }
            }
            case 30 -> pause();
            case 31 -> answer();
            default -> {
                if (!pumps.isEmpty()) {
                    step(pick(pumps));
                }
            }
        }
    }

    // Writers

    /** The next attempt, or the next step if this one is complete. */
    private void succeed() {
        Fence next = record.claim();
        Opened opened = stream.open(turn, next, now);
        check(lost == opened instanceof Opened.Missing, "open found " + opened);
        switch (opened) {
            case Opened.Claimed(long at, int begun) -> {
                check(!ended && at == truth.size(), "open found another place");
                check(begun == begunStep, "open found another step");
                record.claimIsUsed = true;
                streamFence = next;
                boolean again = begun == next.step();
                writers.add(new Writer(name("writer"), next, again ? RESET : START));
            }
            case Opened.Ended(TurnStatus status, long at) ->
                    check(ended && at == truth.size(), "open found an end");
            case Opened.Outdated outdated -> check(false, "the newest fence was outdated");
            case Opened.Missing missing -> {
                // Somebody restores it, and the claim is tried again.
            }
        }
    }

    /** Another writer of the same step, as a tool that runs beside others. */
    private void joinWriter() {
        if (lost || ended || finishedBy != null || begunStep != streamFence.step()) {
            return;
        }
        boolean begun =
                writers.stream()
                        .anyMatch(one -> one.fence.equals(streamFence) && one.opening == null);
        if (begun) {
            Opened opened = stream.open(turn, streamFence, now);
            check(opened.equals(new Opened.Claimed(truth.size(), begunStep)), "open by a second");
            writers.add(new Writer(name("tool"), streamFence, null));
        }
    }

    private void appendBy(Writer writer) {
        if (waits && !lost && !ended) {
            // A turn waits only if nobody writes, and not for ever.
            if (random.nextInt(4) == 0) {
                answer();
            }
            return;
        }
        boolean isNewest = !lost && writer.fence.equals(streamFence);
        if (isNewest && finishedBy != null && writer.opening == null) {
            return;
        }
        List<String> chunks = new ArrayList<>();
        if (writer.opening != null) {
            chunks.add(writer.opening);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            chunks.add("chunk " + (truth.size() + chunks.size()) + " of " + writer.holder);
        }
        boolean finishes = random.nextInt(4) == 0;
        if (finishes) {
            chunks.add(FINISH);
        }
        Integer begins = chunks.contains(START) ? writer.fence.step() : null;
        Span span = new Span(writer.reached, record.limit);
        Map<Subscriber, Long> marks = new HashMap<>();
        all(pumps, stalled).stream()
                .filter(pump -> pump.holder.equals(writer.holder))
                .forEach(pump -> marks.put(pump.subscriber, pump.cursor));
        switch (stream.append(
                turn, writer.fence, chunks, begins, span, writer.holder, marks, now)) {
            case Appended.Written written -> {
                check(isNewest && !ended, "an append was not refused");
                chunks.forEach(chunk -> truth.add(new Place(chunk)));
                check(written.next() == truth.size(), "append went to another place");
                check(truth.size() <= record.limit, "append passed its limit");
                finishedBy = finishes ? writer.fence : null;
                begunStep = Math.max(begunStep, begins == null ? 0 : begins);
                writer.opening = null;
                writer.reached = written.next();
                if (random.nextInt(10) == 0) {
                    // It dies between the append and its delivery.
                    die(writer.holder);
                } else {
                    deliver(writer.holder, written, chunks);
                    if (finishes && random.nextInt(3) != 0) {
                        record.storeStep();
                    }
                }
            }
            case Appended.Full(long next) -> {
                check(isNewest && !ended, "an append without a claim was full");
                check(next == truth.size(), "append found another place");
                check(next + chunks.size() > record.limit, "there was room");
                record.limit = (int) next + chunks.size() + random.nextInt(12);
            }
            case Appended.Outdated outdated -> {
                check(!lost && writer.fence.compareTo(streamFence) < 0, "the newest is outdated");
                writers.remove(writer);
            }
            case Appended.Ended end -> check(ended && !lost, "an append found an end");
            case Appended.Missing missing -> {
                check(lost || writer.fence.compareTo(streamFence) > 0, "the turn was missing");
                writer.finish();
                writers.remove(writer);
            }
        }
    }

    private void deliver(String holder, Appended.Written written, List<String> chunks) {
        long first = written.next() - chunks.size();
        for (List<Pump> some : List.of(pumps, stalled)) {
            some.removeIf(
                    pump -> pump.holder.equals(holder) && written.lost().contains(pump.subscriber));
            some.stream()
                    .filter(pump -> pump.holder.equals(holder))
                    .forEach(pump -> pump.offer(first, chunks));
        }
        for (Subscription leased : written.leased()) {
            Pump pump = new Pump(leased.subscriber(), holder, leased.cursor());
            pump.fromMemory = true;
            pump.offer(first, chunks);
            pumps.add(pump);
        }
    }

    private void close() {
        String holder = name("finish");
        List<String> last = random.nextBoolean() ? List.of() : List.of("the last chunk");
        Closed closed = stream.close(turn, TurnStatus.COMPLETED, last, holder, now);
        check(lost == closed instanceof Closed.Missing, "close found " + closed);
        switch (closed) {
            case Closed.Won(long next, List<Subscription> leased) -> {
                check(!ended, "the turn ended twice");
                ended = true;
                last.forEach(chunk -> truth.add(new Place(chunk)));
                check(next == truth.size(), "close went to another place");
                start(leased, holder);
            }
            case Closed.Already already -> check(ended, "close found an end");
            case Closed.Missing missing -> {
                // Who ends it restores it first.
            }
        }
    }

    // Humans

    /** The stream follows a pause that the record has; an answer may have come meanwhile. */
    private void pause() {
        Long known = record.pauses.poll();
        if (known == null) {
            return;
        }
        Paused paused = stream.pause(turn, known, now);
        check(lost == paused instanceof Paused.Missing, "pause found " + paused);
        switch (paused) {
            case Paused.Waiting waiting -> {
                check(!ended && known >= continued, "a pause that an answer has overtaken");
                waits = true;
                continued = known;
            }
            case Paused.Outdated outdated ->
                    check(!ended && known < continued, "no answer has overtaken this pause");
            case Paused.Ended end -> check(ended, "pause found an end");
            case Paused.Missing missing -> {
                // Whoever makes it again finds in the record that it waits.
            }
        }
    }

    /** A human answers, and reads on from here; the stream hears of it now, or from another. */
    private void answer() {
        if (ended) {
            return;
        }
        if (lost) {
            restore();
        }
        Opened here = stream.open(turn, Fence.NONE, now);
        check(here.equals(new Opened.Claimed(truth.size(), begunStep)), "a look found " + here);
        if (random.nextInt(4) != 0) {
            record.waits = false;
            record.answers++;
        }
        if (random.nextInt(6) != 0) {
            unpause();
            attach(new Client(truth.size()));
        }
    }

    private void unpause() {
        Unpaused unpaused = stream.unpause(turn, record.answers, now);
        check(lost == unpaused instanceof Unpaused.Missing, "unpause found " + unpaused);
        switch (unpaused) {
            case Unpaused.Running(long next) -> {
                check(!ended && next == truth.size(), "unpause found another place");
                waits &= continued >= record.answers;
                continued = Math.max(continued, record.answers);
            }
            case Unpaused.Ended end -> check(ended, "unpause found an end");
            case Unpaused.Missing missing -> {
                // Whoever makes it again finds in the record that it goes on.
            }
        }
    }

    // Losing and restoring

    private void lose() {
        Part part = random.nextBoolean() ? null : pick(List.of(Part.values()));
        loss.lose(turn, part);
        lost |= part != Part.CHUNKS || !truth.isEmpty();
    }

    private void restore() {
        if (lost && !ended) {
            record.fillUp();
        }
        List<String> chunks = truth.stream().map(Place::chunk).toList();
        TurnStatus open = record.waits ? TurnStatus.WAITING : TurnStatus.RUNNING;
        TurnStatus status = ended ? TurnStatus.COMPLETED : open;
        Beginning beginning = new Beginning(status, chunks, begunStep, record.answers);
        boolean created = stream.create(turn, beginning, now);
        check(created == lost, "create found another stream");
        if (lost) {
            lost = false;
            waits = record.waits;
            continued = record.answers;
            streamFence = Fence.NONE;
            // Who restores it may die before this; another does it then.
            adoptionIsDue = true;
            if (random.nextInt(4) != 0) {
                adopt();
            }
        }
    }

    private void adopt() {
        List<Subscription> all = new ArrayList<>(record.subscriptions.values());
        Collections.shuffle(all, random);
        check(stream.adopt(turn, all, now) != lost, "adopt found another stream");
        adoptionIsDue &= lost;
    }

    // Clients

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
                attach(new Client(old));
            }
        }
    }

    private void attach(Client client) {
        String name = name("client");
        Subscriber subscriber = new Subscriber(new ConnectionId(name), new RequestId(name));
        String holder = name("replay");
        long cursor = client.base + client.last + 1;
        clients.put(subscriber, client);
        record.subscriptions.put(subscriber, new Subscription(subscriber, client.base, cursor));
        Attached attached = stream.attach(turn, subscriber, client.base, cursor, holder, now);
        check(lost == attached instanceof Attached.Missing, "attach found " + attached);
        if (attached instanceof Attached.Subscribed subscribed) {
            check(subscribed.next() == truth.size(), "attach found another place");
            pumps.add(new Pump(subscriber, holder, cursor));
        }
    }

    private void drop() {
        if (!clients.isEmpty()) {
            pick(List.copyOf(clients.values())).gone = true;
        }
    }

    // Pumps

    /** A function dies with all that it delivered; sometimes the writer. */
    private void crash() {
        if (!pumps.isEmpty()) {
            die(pick(pumps).holder);
        }
    }

    private void die(String holder) {
        pumps.removeIf(pump -> pump.holder.equals(holder));
        stalled.removeIf(pump -> pump.holder.equals(holder));
        writers.removeIf(writer -> writer.holder.equals(holder));
    }

    private void stall() {
        if (!pumps.isEmpty()) {
            Pump pump = pick(pumps);
            pumps.remove(pump);
            stalled.add(pump);
        }
    }

    private void wakeUp() {
        if (!stalled.isEmpty()) {
            Pump pump = pick(stalled);
            stalled.remove(pump);
            pumps.add(pump);
        }
    }

    /** Gives one back, as a writer does that closes; it may post once more. */
    private void handOver() {
        if (!pumps.isEmpty()) {
            Pump pump = pick(pumps);
            stream.release(turn, pump.subscriber, pump.cursor, pump.holder);
            Entry underWay = pump.batch.poll();
            pumps.remove(pump);
            if (random.nextBoolean()) {
                pumps.add(new Pump(pump.subscriber, name("handed"), pump.cursor));
            }
            if (underWay != null) {
                Pump last = new Pump(pump.subscriber, pump.holder, pump.cursor);
                last.batch.add(underWay);
                last.posts = 1;
                stalled.add(last);
            }
        }
    }

    private int take() {
        String holder = name("taker");
        Taken taken = stream.take(turn, holder, now);
        check(lost == taken instanceof Taken.Missing, "take found " + taken);
        return switch (taken) {
            case Taken.Some(List<Subscription> leased, int held) -> {
                leased.forEach(
                        one ->
                                check(
                                        rests() || one.cursor() < truth.size(),
                                        "took one that lacks nothing"));
                start(leased, holder);
                yield leased.size() + held;
            }
            case Taken.Missing missing -> 0;
        };
    }

    private void start(List<Subscription> leased, String holder) {
        leased.forEach(one -> pumps.add(new Pump(one.subscriber(), holder, one.cursor())));
    }

    /** Ends the turn, whatever becomes of its stream meanwhile, and delivers until all have it. */
    private void finish() {
        int losses = random.nextInt(3);
        int crashes = random.nextInt(3);
        int left;
        do {
            pause();
            restore();
            if (!ended) {
                close();
            }
            if (adoptionIsDue) {
                adopt();
            }
            left = take();
            while (!pumps.isEmpty() || !stalled.isEmpty()) {
                int event = random.nextInt(60);
                if (event == 0 && losses > 0) {
                    losses--;
                    lose();
                } else if (event == 1 && crashes > 0) {
                    crashes--;
                    crash();
                } else if (event < 10 || pumps.isEmpty()) {
                    wakeUp();
                } else {
                    step(pick(pumps));
                }
            }
            now = now.plus(settings.lease());
        } while (lost || left > 0);
    }

    private void step(Pump pump) {
        Client client =
                Objects.requireNonNull(clients.get(pump.subscriber), "a stranger is delivered to");
        Entry entry = pump.batch.poll();
        if (entry != null) {
            if (client.gone) {
                stream.detach(turn, pump.subscriber);
                record.subscriptions.remove(pump.subscriber);
                pumps.remove(pump);
            } else {
                client.receive(entry);
                pump.cursor = entry.sequence() + 1;
                pump.posts--;
            }
        } else if (pump.posts == 0) {
            pumps.remove(pump);
        } else if (pump.atEnd >= 0) {
            client.receiveEnd(pump.atEnd, pump.isPause);
            stream.detach(turn, pump.subscriber, pump.holder);
            pumps.remove(pump);
        } else if (!pump.fromMemory || ended) {
            advance(pump);
        } else {
            pump.fromMemory = random.nextInt(4) != 0;
        }
    }

    private void advance(Pump pump) {
        Advanced advanced = stream.advance(turn, pump.subscriber, pump.cursor, pump.holder, now);
        check(lost == advanced instanceof Advanced.Missing, "advance found " + advanced);
        switch (advanced) {
            case Advanced.More(List<Entry> entries, long cursor, boolean ends) -> {
                check(ends || !entries.isEmpty(), "more was nothing");
                check(!ends || rests(), "a running turn ends");
                pump.batch.addAll(entries);
                check(!ends || cursor == truth.size() + 1, "the end stands elsewhere");
                pump.atEnd = ends ? truth.size() : -1;
                pump.isPause = ends && !ended;
            }
            case Advanced.Idle idle -> {
                check(!rests(), "idle after the end");
                pumps.remove(pump);
            }
            case Advanced.Done done -> pumps.remove(pump);
            case Advanced.Lost lost -> pumps.remove(pump);
            case Advanced.Missing missing -> pumps.remove(pump);
        }
    }

    /** Whether nothing more comes for those who read now. */
    private boolean rests() {
        return ended || waits;
    }

    private String name(String kind) {
        return kind + names++;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static <T> List<T> all(List<T> some, List<T> more) {
        List<T> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** The message's steps as the AI SDK folds them; the first is what comes before a step. */
    private static List<List<String>> steps(List<String> chunks) {
        List<List<String>> steps = new ArrayList<>();
        steps.add(new ArrayList<>());
        for (String chunk : chunks) {
            switch (chunk) {
                case START -> steps.add(new ArrayList<>());
                case RESET -> steps.getLast().clear();
                default -> steps.getLast().add(chunk);
            }
        }
        return steps;
    }

    /** One sequence of the turn: what was written there, and whether it reads so to this day. */
    private static final class Place {
        private final String written;
        private boolean reset;

        Place(String written) {
            this.written = written;
        }

        String chunk() {
            return reset ? RESET : written;
        }

        boolean mayRead(String chunk) {
            return chunk.equals(written) || chunk.equals(chunk());
        }
    }

    /** What DynamoDB knows. */
    private final class Recorded {
        private final Map<Subscriber, Subscription> subscriptions = new LinkedHashMap<>();
        private Fence fence = Fence.NONE;
        private boolean claimIsUsed = true;
        private int completeSteps;
        private int completeChunks;
        private int limit;
        private final Deque<Long> pauses = new ArrayDeque<>();
        private boolean waits;
        private long answers;

        /** A claim that found no stream is made good when there is one. */
        Fence claim() {
            if (claimIsUsed) {
                int step = completeSteps + 1;
                fence = new Fence(step, fence.step() == step ? fence.attempt() + 1 : 1);
                claimIsUsed = false;
            }
            return fence;
        }

        /** The newest writer's step is complete, if no other has claimed the turn since. */
        void storeStep() {
            if (fence.equals(finishedBy) && !ended) {
                completeSteps = fence.step();
                completeChunks = truth.size();
                finishedBy = null;
                writers.removeIf(writer -> writer.fence.equals(fence));
            }
        }

        /** Rebuilds the places: a step that is not complete is taken back, as far as it may be. */
        void fillUp() {
            for (Place place : truth.subList(completeChunks, truth.size())) {
                place.reset |= !place.written.equals(START);
            }
            while (truth.size() < limit) {
                truth.add(new Place(truth.size() == completeChunks ? START : RESET));
            }
            begunStep = truth.size() > completeChunks ? completeSteps + 1 : completeSteps;
            // Who restores a turn claims it, so that what was taken back is not stored any more.
            finishedBy = null;
        }
    }

    /** What the AI SDK's client does with frames. */
    private final class Client {
        private final long base;
        private final List<String> chunks;
        private long last;
        private boolean gone;
        private boolean ended;
        private boolean paused;

        Client(long base) {
            this.base = base;
            this.chunks = new ArrayList<>();
            this.last = -1;
        }

        Client(Client earlier) {
            this.base = earlier.base;
            this.chunks = new ArrayList<>(earlier.chunks);
            this.last = earlier.last;
        }

        void receive(Entry entry) {
            check(
                    truth.get((int) entry.sequence()).mayRead(entry.chunk()),
                    "a chunk changed at " + entry.sequence());
            long sequence = entry.sequence() - base;
            if (!ended && sequence > last) {
                check(sequence == last + 1, "a gap: " + sequence + " after " + last);
                last = sequence;
                chunks.add(entry.chunk());
            }
        }

        /** The end, or that of a pause: one that comes late may find more than it ends. */
        void receiveEnd(long at, boolean isPause) {
            check(isPause || StreamSchedule.this.ended, "the end came before it");
            if (!ended) {
                long has = base + last + 1;
                check(isPause ? has >= at : has == truth.size(), "the end came too early");
                ended = true;
                paused = isPause;
            }
        }

        void checkComplete(Subscriber name) {
            if (gone) {
                return;
            }
            check(ended, name + " got no end");
            if (paused) {
                return;
            }
            List<List<String>> seen = steps(chunks);
            List<List<String>> right =
                    steps(
                            truth.subList((int) base, truth.size()).stream()
                                    .map(Place::chunk)
                                    .toList());
            for (int i = 0; i < right.size(); i++) {
                if (right.get(i).contains(FINISH)) {
                    check(right.get(i).equals(seen.get(i)), name + " has another step " + i);
                }
            }
        }
    }

    private final class Writer {
        private final String holder;
        private final Fence fence;
        private long reached = truth.size();
        // What it writes first; absent once it has, and for one that joins others.
        private @Nullable String opening;

        Writer(String holder, Fence fence, @Nullable String opening) {
            this.holder = holder;
            this.fence = fence;
            this.opening = opening;
        }

        /** Lets its pumps read on by themselves, until they are idle. */
        void finish() {
            all(pumps, stalled).stream()
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
        private boolean isPause;
        private int posts = Integer.MAX_VALUE;
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
