package io.holdfast.api;

import io.holdfast.platform.Pause;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Opened;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import redis.clients.jedis.exceptions.JedisException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Cuts turns' streams into windows, each of which one answer holds: waits until there is something
 * to say, gathers for a moment, and leaves what follows to the next request.
 */
final class Windows {
    private static final Logger LOG = LoggerFactory.getLogger(Windows.class);

    /**
     * How long a window waits for its first chunk. The gateway waits 30 s (API Gateway, "HTTP API
     * quotas") and the function has 29: the rest is for a Redis that is away when it is asked last,
     * which takes eight.
     */
    static final Duration LONGEST = Duration.ofSeconds(20);

    /** How long a window gathers what follows its first chunk: two requests a second or fewer. */
    static final Duration GATHERS = Duration.ofMillis(500);

    /**
     * Bytes of chunks in one window. Lambda takes 6 MB of a function ("Lambda quotas"), as a JSON
     * text in which a chunk's quotes and backslashes are escaped once more: at worst twice as many.
     */
    static final int MAX_BYTES = 2_500_000;

    /** Chunks in one window: with their ids and fields, half a megabyte more. */
    static final int MAX_CHUNKS = 10_000;

    /** How often a stream that vanishes under our hands is made again. */
    private static final int RESTORATIONS = 5;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(25);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    private final TurnStream stream;
    private final Predicate<TurnId> restorer;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    /**
     * Windows on these streams.
     *
     * @param restorer makes a turn's stream again that is not there; false if somebody else will
     */
    Windows(
            TurnStream stream,
            Predicate<TurnId> restorer,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        this.stream = stream;
        this.restorer = restorer;
        this.clock = clock;
        this.pause = pause;
        this.random = random;
    }

    /** What a reader gets. */
    sealed interface Window {
        /**
         * Chunks, at least one.
         *
         * @param ends whether the turn has ended, and these are its last
         */
        record Chunks(List<Entry> entries, boolean ends) implements Window {
            public Chunks {
                entries = List.copyOf(entries);
            }
        }

        /** Nothing is new. */
        record Silence() implements Window {}

        /** The turn has ended, and the reader has all of it. */
        record Over() implements Window {}
    }

    /**
     * The next window of a turn.
     *
     * @param after the last sequence that the reader has; -1 if it has none
     * @param patient whether to wait for the first chunk; if not, what is there is all of it
     */
    Window next(TurnId turn, long after, boolean patient) {
        Filling filling = new Filling(after + 1);
        Instant end = patient ? clock.instant().plus(LONGEST) : clock.instant();
        Duration longest = FIRST_PAUSE;
        int restorations = 0;
        while (true) {
            try {
                switch (stream.open(turn, Fence.NONE, clock.instant())) {
                    case Opened.Claimed(long next, int begunStep) -> fill(turn, filling, next);
                    case Opened.Ended(TurnStatus status, long next) -> {
                        fill(turn, filling, next);
                        if (filling.next >= next) {
                            return filling.isEmpty()
                                    ? new Window.Over()
                                    : new Window.Chunks(filling.entries, true);
                        }
                    }
                    case Opened.Outdated outdated -> {}
                    case Opened.Missing() -> {
                        if (restorations++ < RESTORATIONS && restorer.test(turn)) {
                            continue;
                        }
                    }
                }
            } catch (JedisException e) {
                // A reader that got an error would not come back: it gets what there is.
                LOG.warn("A window of {} cannot be read now: {}", turn, e.getMessage());
            }
            Instant now = clock.instant();
            if (!filling.isEmpty() && !filling.begun) {
                filling.begun = true;
                Instant gathered = now.plus(GATHERS);
                end = gathered.isBefore(end) ? gathered : end;
            }
            if (filling.isFull() || !now.isBefore(end)) {
                return filling.isEmpty()
                        ? new Window.Silence()
                        : new Window.Chunks(filling.entries, false);
            }
            // Between half and all of a time that doubles.
            Duration moment = longest.multipliedBy(random.nextLong(50, 100)).dividedBy(100);
            Duration left = Duration.between(now, end);
            pause.pause(moment.compareTo(left) < 0 ? moment : left);
            longest =
                    longest.compareTo(LONGEST_PAUSE) < 0 ? longest.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private void fill(TurnId turn, Filling filling, long next) {
        while (filling.next < next && !filling.isFull()) {
            if (!filling.add(stream.read(turn, filling.next))) {
                return;
            }
        }
    }

    /** A window while it is filled. */
    private static final class Filling {
        private final List<Entry> entries = new ArrayList<>();
        private long next;
        private long bytes;
        private boolean full;
        private boolean begun;

        Filling(long next) {
            this.next = next;
        }

        boolean isEmpty() {
            return entries.isEmpty();
        }

        boolean isFull() {
            return full;
        }

        /** Adds what follows; false if nothing does, because Redis has forgotten it meanwhile. */
        boolean add(List<Entry> page) {
            long before = next;
            for (Entry entry : page) {
                int size = entry.chunk().getBytes(StandardCharsets.UTF_8).length;
                boolean fits = bytes + size <= MAX_BYTES && entries.size() < MAX_CHUNKS;
                if (!fits && !entries.isEmpty()) {
                    full = true;
                    return true;
                }
                if (entry.sequence() != next) {
                    break;
                }
                entries.add(entry);
                bytes += size;
                next++;
            }
            return next > before;
        }
    }
}
