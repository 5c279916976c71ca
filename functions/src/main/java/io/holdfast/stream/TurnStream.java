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
     * Makes the stream with what it begins with, under no fence and with no subscribers.
     *
     * <p>One that is not whole (Redis has lost one of its keys, or its last entries) is replaced.
     *
     * @return false if it is there and whole already; it stays as it is
     */
    boolean create(TurnId turn, Beginning beginning, Instant now);

    /**
     * Drops a stream that has fewer entries than it had: Redis has lost its last writes in a
     * failover, and their numbers must not be given again.
     *
     * @param reached entries that it had at least
     * @return whether it is there, and whole as far as that tells
     */
    boolean verify(TurnId turn, long reached);

    /**
     * Raises the stream's fence; an older writer is refused from then on, and what it still
     * delivered to is free, so that its successor delivers at once.
     *
     * @param fence {@link Fence#NONE} only looks, which is never outdated, and renews the life of a
     *     turn that has not ended
     */
    Opened open(TurnId turn, Fence fence, Instant now);

    /**
     * Appends chunks under a fence, renews the stream's life and takes the delivery marks.
     *
     * <p>A fence that is newer than the stream's finds it {@link Appended.Missing}: what it claimed
     * is gone, and another stream has been created since. So does one that knows of more entries
     * than there are: a Redis that lost its last writes has taken them back, and numbers must not
     * be given twice; that stream is dropped.
     *
     * @param begins the step that these chunks begin, if they hold its {@code start-step}
     * @param span where the chunks may lie
     * @param marks cursors that the holder's subscribers have reached; their leases are renewed
     */
    Appended append(
            TurnId turn,
            Fence fence,
            List<String> chunks,
            @Nullable Integer begins,
            Span span,
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
     * Adds those subscribers that are absent, held by nobody: the next append or take delivers to
     * them. One that is there stays as it is. The life of a turn that has ended is not prolonged.
     *
     * @param subscriptions cursors beyond the end are cut to it
     * @return false if there is no such stream
     */
    boolean adopt(TurnId turn, List<Subscription> subscriptions, Instant now);

    /**
     * Leases to the caller the subscribers that nobody delivers to and that lack something: an
     * entry, or, once the turn has ended, the end.
     */
    Taken take(TurnId turn, String holder, Instant now);

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

    /** Removes a subscriber that has the end, unless another than the holder delivers to it now. */
    void detach(TurnId turn, Subscriber subscriber, String holder);

    /**
     * Lets a turn wait for a human: whoever reads it gets the end, though more may come.
     *
     * @param continued how many answers the caller knows of; if there has been one more, the turn
     *     goes on already
     */
    Paused pause(TurnId turn, long continued, Instant now);

    /**
     * Lets a turn go on after a human's answer; does nothing if it goes on already.
     *
     * @param continued how many answers there have been, with this one
     */
    Unpaused unpause(TurnId turn, long continued, Instant now);

    /**
     * Ends a turn, once: only a running or waiting one, with its last chunks. All its subscribers
     * are leased to the holder, whoever held them, so that the end reaches them at once.
     */
    Closed close(
            TurnId turn, TurnStatus status, List<String> lastChunks, String holder, Instant now);

    /**
     * All subscribers, whoever delivers to them, and how far they are known to have got; empty if
     * there is no such stream.
     */
    List<Subscription> subscribers(TurnId turn);

    /** Removes a turn's stream, whatever it holds. */
    void delete(TurnId turn);

    /**
     * Chunks from a sequence on, bounded by {@link StreamSettings#readLimit()}; empty if there are
     * none or no stream.
     */
    List<Entry> read(TurnId turn, long from);

    /** A chunk at its place. */
    record Entry(long sequence, String chunk) {}

    /**
     * What a stream begins with.
     *
     * @param status a final one makes a stream that has ended
     * @param chunks from sequence 0 on. In place of those that nobody knows any more, fill up with
     *     {@code start-step} and {@code reset-step}: as many as there have been, or more, so that
     *     every cursor stays valid
     * @param begunStep the last step whose {@code start-step} is among the chunks; 0 if none
     * @param continued how many answers of humans there have been
     */
    record Beginning(TurnStatus status, List<String> chunks, int begunStep, long continued) {
        /** A turn that runs and has said nothing yet. */
        public static final Beginning EMPTY = new Beginning(TurnStatus.RUNNING, List.of(), 0, 0);

        public Beginning {
            chunks = List.copyOf(chunks);
            if (begunStep < 0) {
                throw new IllegalArgumentException("no such step: " + begunStep);
            }
        }
    }

    /**
     * The sequences that an append may take: what it knows to be taken, and what it may not pass.
     *
     * @param reached entries that the stream has at least
     * @param limit the sequence after the last that may be given
     */
    record Span(long reached, long limit) {
        /** Any sequence. */
        public static final Span ANY = new Span(0, Long.MAX_VALUE);
    }

    /**
     * A subscriber and how far it got.
     *
     * @param base the turn's sequence that it knows as 0
     * @param cursor the first sequence that it may not have
     */
    record Subscription(Subscriber subscriber, long base, long cursor) {}

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

        /** There is no such stream: it was never made, it has expired, or Redis forgot it. */
        record Missing() implements Opened {}
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
        record Written(long next, List<Subscription> leased, List<Subscriber> lost)
                implements Appended {}

        /** A newer writer holds the turn; nothing was written. */
        record Outdated(Fence current) implements Appended {}

        /** The turn has ended (a cancel, most likely); nothing was written. */
        record Ended(TurnStatus status) implements Appended {}

        /**
         * The chunks would pass the span's limit; nothing was written.
         *
         * @param next the sequence of the next chunk
         */
        record Full(long next) implements Appended {}

        /** There is no such stream (any more, or as the caller knew it): nothing was written. */
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

    /** What became of a {@link #take}. */
    sealed interface Taken {
        /**
         * There is a stream.
         *
         * @param leased subscribers that are the caller's now, and were nobody's
         * @param held how many others somebody else delivers to now
         */
        record Some(List<Subscription> leased, int held) implements Taken {}

        /** There is no such stream. */
        record Missing() implements Taken {}
    }

    /** What {@link #advance} found. */
    sealed interface Advanced {
        /**
         * Entries to deliver, in order; the lease is renewed.
         *
         * @param entries bounded by {@link StreamSettings#readLimit()} and some 256 KB; empty only
         *     if nothing but the end is left
         * @param cursor what to report when they, and the end if it follows, are delivered
         * @param ends whether the turn has ended or waits, and these are its last entries: the end
         *     follows them
         */
        record More(List<Entry> entries, long cursor, boolean ends) implements Advanced {}

        /** Nothing to deliver; the lease is given back. */
        record Idle() implements Advanced {}

        /** Everything is delivered, the end too; the subscriber is removed. */
        record Done() implements Advanced {}

        /** Another pump holds the subscriber, or it is gone: stop. */
        record Lost() implements Advanced {}

        /** There is no such stream. */
        record Missing() implements Advanced {}
    }

    /** What became of a {@link #pause}. */
    sealed interface Paused {
        /** The turn waits. */
        record Waiting() implements Paused {}

        /** There has been an answer that the caller does not know of: the turn goes on. */
        record Outdated() implements Paused {}

        /** The turn has ended. */
        record Ended(TurnStatus status) implements Paused {}

        /** There is no such stream. */
        record Missing() implements Paused {}
    }

    /** What became of an {@link #unpause}. */
    sealed interface Unpaused {
        /**
         * The turn goes on.
         *
         * @param next the sequence of the next chunk
         */
        record Running(long next) implements Unpaused {}

        /** The turn has ended. */
        record Ended(TurnStatus status) implements Unpaused {}

        /** There is no such stream. */
        record Missing() implements Unpaused {}
    }

    /** What became of a {@link #close}. */
    sealed interface Closed {
        /** This call ended the turn. */
        record Won(long next, List<Subscription> leased) implements Closed {}

        /** The turn had ended before; nothing was written. */
        record Already(TurnStatus status) implements Closed {}

        /** There is no such stream. */
        record Missing() implements Closed {}
    }
}
