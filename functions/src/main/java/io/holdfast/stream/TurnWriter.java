package io.holdfast.stream;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Opened;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
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
    /** A step ends for all when it ends; those who lag are taken up by the next append. */
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(2);

    private final Delivery delivery;
    private final ScheduledExecutorService scheduler;
    private final TurnId turn;
    private final Fence fence;
    private final String holder;
    private final Opened opened;
    private final Coalescer coalescer;
    private final LiveDelivery live;
    private final ReentrantLock lock = new ReentrantLock();
    private State state;
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
     * Claims the turn's stream, creating it if there is none. {@link #opened()} tells what was
     * found.
     *
     * @param scheduler runs the write-outs that no further chunk triggers: one append each
     * @param holder a new random id
     */
    public static TurnWriter open(
            Delivery delivery,
            ScheduledExecutorService scheduler,
            CoalesceSettings settings,
            TurnId turn,
            Fence fence,
            String holder) {
        Opened opened = delivery.stream().open(turn, fence, delivery.clock().instant());
        return new TurnWriter(delivery, scheduler, settings, turn, fence, holder, opened);
    }

    private TurnWriter(
            Delivery delivery,
            ScheduledExecutorService scheduler,
            CoalesceSettings settings,
            TurnId turn,
            Fence fence,
            String holder,
            Opened opened) {
        this.delivery = delivery;
        this.scheduler = scheduler;
        this.turn = turn;
        this.fence = fence;
        this.holder = holder;
        this.opened = opened;
        this.coalescer = new Coalescer(settings);
        this.live = new LiveDelivery(delivery, turn, holder);
        this.state =
                switch (opened) {
                    case Opened.Claimed claimed -> new State.Writing();
                    case Opened.Outdated(Fence current) -> new State.Outdated(current);
                    case Opened.Ended(TurnStatus status, long next) -> new State.Ended(status);
                };
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

    /**
     * Writes what still waits, lets the subscribers catch up for two seconds at most (and two for
     * posts under way), and gives the leases back. Whoever lags is taken up by the next append.
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
        Integer begins = batch.holdsStartStep() ? fence.step() : null;
        try {
            Appended appended =
                    delivery.stream()
                            .append(turn, fence, batch.chunks(), begins, holder, live.marks(), now);
            switch (appended) {
                case Appended.Written written -> live.written(written, batch.chunks());
                case Appended.Ended(TurnStatus status) -> state = new State.Ended(status);
                case Appended.Outdated(Fence current) -> state = new State.Outdated(current);
                case Appended.Missing() -> state = new State.Missing();
            }
        } catch (RuntimeException e) {
            failure = new PublishFailedException(e);
        }
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
