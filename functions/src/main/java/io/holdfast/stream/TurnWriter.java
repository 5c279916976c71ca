package io.holdfast.stream;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Opened;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes a turn's chunks under a fence, coalesced, and delivers them to the subscribers that nobody
 * else delivers to.
 *
 * <p>One append for each write-out, which also reports how far the subscribers got. Chunks are
 * durable before anyone sees them. May be used by several threads.
 */
public final class TurnWriter implements AutoCloseable {
    /** What a healthy reader needs for its last posts; the writer waits for no other. */
    static final Duration SETTLE_LIMIT = Duration.ofMillis(250);

    private final Delivery delivery;
    private final ScheduledExecutorService scheduler;
    private final TurnId turn;
    private final Fence fence;
    private final String holder;
    private final Opened opened;
    private final Reservation reservation;
    private final Coalescer coalescer;
    private final LiveDelivery live;
    private final List<String> written = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private State state;
    private long first;
    private long next;
    private int unknown;
    private @Nullable PublishFailedException failure;
    private boolean failureIsKnown;
    private boolean timerIsSet;
    private boolean closed;

    /** Whether the writer may go on. */
    public sealed interface State {
        /** The turn is this writer's. */
        record Writing() implements State {}

        /** The turn has ended (a cancel, most likely): stop. */
        record Ended(TurnStatus status) implements State {}

        /** A newer writer has the turn: stop, and touch nothing more. */
        record Outdated(Fence current) implements State {}

        /** The stream is gone: it has expired, or Redis forgot it. */
        record Missing() implements State {}
    }

    /**
     * What a writer has made durable.
     *
     * @param first the sequence of the first of them, or of the next chunk if there is none yet
     * @param chunks the JSON texts of all chunks, in order; those that other writers put in between
     *     are not among them
     */
    public record Written(long first, List<String> chunks) {}

    /**
     * Claims the turn's stream. {@link #opened()} tells what was found; if the stream is {@link
     * Opened.Missing}, restore it and open another writer.
     *
     * @param scheduler runs the write-outs that no further chunk triggers: one append each
     * @param holder a new random id
     * @param reservation the numbers that the turn may give
     */
    public static TurnWriter open(
            Delivery delivery,
            ScheduledExecutorService scheduler,
            CoalesceSettings settings,
            TurnId turn,
            Fence fence,
            String holder,
            Reservation reservation) {
        Opened opened = delivery.stream().open(turn, fence, delivery.clock().instant());
        return new TurnWriter(
                delivery, scheduler, settings, turn, fence, holder, reservation, opened);
    }

    private TurnWriter(
            Delivery delivery,
            ScheduledExecutorService scheduler,
            CoalesceSettings settings,
            TurnId turn,
            Fence fence,
            String holder,
            Reservation reservation,
            Opened opened) {
        this.delivery = delivery;
        this.scheduler = scheduler;
        this.turn = turn;
        this.fence = fence;
        this.holder = holder;
        this.reservation = reservation;
        this.opened = opened;
        this.coalescer = new Coalescer(settings);
        this.live = new LiveDelivery(delivery, turn, holder);
        switch (opened) {
            case Opened.Claimed claimed -> {
                state = new State.Writing();
                next = claimed.next();
            }
            case Opened.Outdated(Fence current) -> state = new State.Outdated(current);
            case Opened.Ended ended -> {
                state = new State.Ended(ended.status());
                next = ended.next();
            }
            case Opened.Missing() -> state = new State.Missing();
        }
        this.first = next;
    }

    /**
     * What the claim found. If the step has begun already ({@link Opened.Claimed#begunStep()} is
     * its number), the first chunk to write is {@link Chunk.ResetStep}, else {@link
     * Chunk.StartStep}.
     */
    public Opened opened() {
        return opened;
    }

    /**
     * Writes chunks, those of one call together if they are written at once. Deltas may wait for a
     * window; what is found then is told by the next call.
     *
     * @throws PublishFailedException if these or earlier chunks could not be made durable
     * @throws ChunkTooLargeException if a chunk that is no delta fits no frame
     */
    public State write(Chunk... chunks) {
        lock.lock();
        try {
            throwFailure();
            if (closed) {
                throw new IllegalStateException("the writer is closed");
            }
            if (state instanceof State.Writing) {
                boolean now = false;
                for (Chunk chunk : chunks) {
                    now |= coalescer.add(chunk, delivery.clock().instant());
                }
                if (now) {
                    append();
                } else {
                    setTimer();
                }
                throwFailure();
            }
            return state;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes what still waits, at once.
     *
     * @throws PublishFailedException if these or earlier chunks could not be made durable
     */
    public State flush() {
        lock.lock();
        try {
            throwFailure();
            append();
            throwFailure();
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** What this writer has written so far, as it is in the stream. */
    public Written written() {
        lock.lock();
        try {
            return new Written(first, List.copyOf(written));
        } finally {
            lock.unlock();
        }
    }

    /** Entries that this writer has seen in the stream. */
    public long reached() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A sequence that no chunk of the turn has reached, also if an append failed and may have been
     * written nevertheless; if this writer is the newest, and the only one under its fence. Of
     * several, only {@link Reservation#limit()} is sure.
     */
    public long bound() {
        lock.lock();
        try {
            return next + unknown;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes what still waits, lets the subscribers catch up for a quarter of a second at most, and
     * gives the leases back, also of those that a post is under way to. Whoever lags is taken up by
     * the next append.
     *
     * @throws PublishFailedException if chunks could not be made durable and no call has said so
     */
    @Override
    public void close() {
        close(SETTLE_LIMIT);
    }

    /** Closes with another limit; returns how far the delivery to each subscriber got. */
    public List<Delivered> close(Duration settleLimit) {
        lock.lock();
        try {
            if (closed) {
                return List.of();
            }
            append();
            closed = true;
        } finally {
            lock.unlock();
        }
        List<Delivered> settled = live.settle(settleLimit);
        if (failure != null && !failureIsKnown) {
            throwFailure();
        }
        return settled;
    }

    /** Appends what waits, if the writer may; a failure is kept for the next caller. */
    private void append() {
        if (failure != null || !(state instanceof State.Writing)) {
            return;
        }
        Instant now = delivery.clock().instant();
        Coalescer.Batch batch = coalescer.drain(now);
        if (batch.chunks().isEmpty()) {
            return;
        }
        try {
            publish(batch, now);
        } catch (RuntimeException e) {
            failure = new PublishFailedException(e);
        }
    }

    private void publish(Coalescer.Batch batch, Instant now) {
        Appended appended = tryAppend(batch, now);
        while (appended instanceof Appended.Full(long at)) {
            // Others who write under this fence have used up the room meanwhile.
            next = at;
            appended = tryAppend(batch, now);
        }
        switch (appended) {
            case Appended.Written done -> {
                next = done.next();
                if (written.isEmpty()) {
                    first = next - batch.chunks().size();
                }
                written.addAll(batch.chunks());
                live.written(done, batch.chunks());
            }
            case Appended.Full full -> throw new IllegalStateException("it was tried again");
            case Appended.Ended(TurnStatus status) -> state = new State.Ended(status);
            case Appended.Outdated(Fence current) -> state = new State.Outdated(current);
            case Appended.Missing() -> state = new State.Missing();
        }
    }

    private Appended tryAppend(Coalescer.Batch batch, Instant now) {
        long end = next + batch.chunks().size();
        long limit = reservation.limit();
        if (end > limit) {
            limit = reservation.extend(end);
            if (end > limit) {
                throw new IllegalStateException("no room was made for sequence " + (end - 1));
            }
        }
        Integer begins = batch.holdsStartStep() ? fence.step() : null;
        // Whether they are in the stream is open, until it answers.
        unknown = batch.chunks().size();
        Appended appended =
                delivery.stream()
                        .append(
                                turn,
                                fence,
                                batch.chunks(),
                                begins,
                                new TurnStream.Span(next, limit),
                                holder,
                                live.marks(),
                                now);
        unknown = 0;
        return appended;
    }

    private void throwFailure() {
        if (failure != null) {
            failureIsKnown = true;
            throw failure;
        }
    }

    /** One timer at most; it looks at what is due when it fires. */
    private void setTimer() {
        Instant due = coalescer.due();
        if (due == null || timerIsSet) {
            return;
        }
        long nanos = Duration.between(delivery.clock().instant(), due).toNanos();
        var _ = scheduler.schedule(this::onTimer, Math.max(0, nanos), TimeUnit.NANOSECONDS);
        timerIsSet = true;
    }

    private void onTimer() {
        lock.lock();
        try {
            timerIsSet = false;
            Instant due = coalescer.due();
            if (closed || due == null) {
                return;
            }
            if (delivery.clock().instant().isBefore(due)) {
                setTimer();
            } else {
                append();
            }
        } catch (RejectedExecutionException e) {
            failure = new PublishFailedException(e);
        } finally {
            lock.unlock();
        }
    }
}
