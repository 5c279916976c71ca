package io.holdfast.stream;

import io.holdfast.platform.TurnId;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The replayable streams of turns: numbered chunks, and the subscribers that they are delivered to.
 *
 * <p>Every method is one atomic script and one round trip. What goes wrong with Redis is thrown, as
 * the client's own exception. Chunks are JSON texts; {@code sequence} counts from 0 in the turn
 * with no gap. A <em>cursor</em> is the sequence of the next chunk to deliver; the end of a closed
 * turn counts as one more entry, at the sequence after its last chunk. A <em>holder</em> names one
 * pump (a random id of the running function); its lease lasts {@link StreamSettings#lease()} from
 * {@code now} and is renewed by each call that names it and the subscriber.
 */
public interface TurnStream {

    /**
     * Creates the stream if there is none and raises its fence; an older writer is refused from
     * then on, and what it still delivered to is free, so that its successor delivers at once.
     *
     * @param fence {@link Fence#NONE} to create the stream without claiming it, which is never
     *     outdated
     */
    Opened open(TurnId turn, Fence fence, Instant now);

    /**
     * Appends chunks under a fence, renews the stream's life and takes the delivery marks.
     *
     * <p>A fence that is newer than the stream's finds it {@link Appended.Missing}: what it claimed
     * is gone, and another stream has been created since.
     *
     * @param begins the step that these chunks begin, if they hold its {@code start-step}
     * @param marks cursors that the holder's subscribers have reached; their leases are renewed
     */
    Appended append(
            TurnId turn,
            Fence fence,
            List<String> chunks,
            @Nullable Integer begins,
            String holder,
            Map<Subscriber, Long> marks,
            Instant now);

    /**
     * Adds (or moves) a subscriber, leased to the holder.
     *
     * @param base the turn's sequence that the subscriber knows as 0
     * @param cursor the first sequence to deliver
     */
    Attached attach(
            TurnId turn, Subscriber subscriber, long base, long cursor, String holder, Instant now);

    /**
     * Stores how far a subscriber got and takes the next entries; if there are none, gives the
     * lease back in the same step.
     *
     * <p>A subscriber that nobody delivers to is taken, at its stored cursor.
     */
    Advanced advance(TurnId turn, Subscriber subscriber, long cursor, String holder, Instant now);

    /**
     * Stores how far a subscriber got and gives its lease back, though there may be more to
     * deliver; does nothing if another holds it.
     */
    void release(TurnId turn, Subscriber subscriber, long cursor, String holder);

    /** Removes a subscriber. */
    void detach(TurnId turn, Subscriber subscriber);

    /**
     * Ends a turn, once: only a running or waiting one, with its last chunks. All its subscribers
     * are leased to the holder, whoever held them, so that the end reaches them at once.
     */
    Closed close(
            TurnId turn, TurnStatus status, List<String> lastChunks, String holder, Instant now);

    /**
     * Chunks from a sequence on, bounded by {@link StreamSettings#readLimit()}; empty if there are
     * none or no stream.
     */
    List<Entry> read(TurnId turn, long from);

    /** A chunk at its place. */
    record Entry(long sequence, String chunk) {}

    /** A subscriber that the caller now delivers to. */
    record Leased(Subscriber subscriber, long base, long cursor) {}

    /** What {@link #open} found. */
    sealed interface Opened {
        /**
         * The fence is the caller's.
         *
         * @param next the sequence of the next chunk
         * @param begunStep the last step whose {@code start-step} is in the stream; 0 if none
         */
        record Claimed(long next, int begunStep) implements Opened {}

        /** A newer writer holds the turn. */
        record Outdated(Fence current) implements Opened {}

        /** The turn has ended. */
        record Ended(TurnStatus status, long next) implements Opened {}
    }

    /** What became of an {@link #append}. */
    sealed interface Appended {
        /**
         * The chunks are in the stream.
         *
         * @param next the sequence after the last chunk
         * @param leased subscribers that nobody delivered to, now the caller's
         * @param lost subscribers of the marks that are not the caller's after this call
         */
        record Written(long next, List<Leased> leased, List<Subscriber> lost) implements Appended {}

        /** A newer writer holds the turn; nothing was written. */
        record Outdated(Fence current) implements Appended {}

        /** The turn has ended (a cancel, most likely); nothing was written. */
        record Ended(TurnStatus status) implements Appended {}

        /** There is no such stream: it has expired, or Redis forgot it. */
        record Missing() implements Appended {}
    }

    /** What became of an {@link #attach}. */
    sealed interface Attached {
        /**
         * The subscriber receives chunks.
         *
         * @param next the sequence of the next chunk to be written
         */
        record Subscribed(TurnStatus status, long next) implements Attached {}

        /** There is no such stream. */
        record Missing() implements Attached {}
    }

    /** What {@link #advance} found. */
    sealed interface Advanced {
        /**
         * Entries to deliver, in order; the lease is renewed.
         *
         * @param entries bounded by {@link StreamSettings#readLimit()} and some 256 KB; empty only
         *     if nothing but the end is left
         * @param cursor what to report when they, and the end if it follows, are delivered
         * @param ends whether the turn has ended and these are its last entries: the end follows
         *     them
         */
        record More(List<Entry> entries, long cursor, boolean ends) implements Advanced {}

        /** Nothing to deliver; the lease is given back. */
        record Idle() implements Advanced {}

        /** Everything is delivered, the end too; the subscriber is removed. */
        record Done() implements Advanced {}

        /** Another pump holds the subscriber, or it is gone: stop. */
        record Lost() implements Advanced {}
    }

    /** What became of a {@link #close}. */
    sealed interface Closed {
        /** This call ended the turn. */
        record Won(long next, List<Leased> leased) implements Closed {}

        /** The turn had ended before; nothing was written. */
        record Already(TurnStatus status) implements Closed {}

        /** There is no such stream. */
        record Missing() implements Closed {}
    }
}
