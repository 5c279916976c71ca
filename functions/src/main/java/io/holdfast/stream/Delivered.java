package io.holdfast.stream;

/** How the delivery to one subscriber ended. */
public sealed interface Delivered {
    /** Who was delivered to. */
    Subscriber subscriber();

    /** It has everything there is; whoever appends next goes on. */
    record Idle(Subscriber subscriber) implements Delivered {}

    /** It has everything, and the end. */
    record Done(Subscriber subscriber) implements Delivered {}

    /** Another pump delivers to it, or it is gone: nothing is left to do here. */
    record Lost(Subscriber subscriber) implements Delivered {}

    /** Its connection is gone; it was removed. */
    record Gone(Subscriber subscriber) implements Delivered {}

    /**
     * A post failed, or the stream did. The cursor is stored, or an earlier one is if the stream
     * could not be reached; the lease is left to run out, so that nobody tries again at once.
     */
    record Failed(Subscriber subscriber, String reason) implements Delivered {}

    /**
     * The stream is gone: it has expired, or Redis forgot it. Restore it, adopt the subscriber with
     * these numbers, and go on.
     *
     * @param base the turn's sequence that the subscriber knows as 0
     * @param cursor the first sequence that it may not have
     */
    record Missing(Subscriber subscriber, long base, long cursor) implements Delivered {}

    /**
     * The time was up before it had everything: hand it over with these numbers, or leave it to
     * whoever appends or takes next. The cursor is stored and the lease given back, if the stream
     * could be reached; a post that is still under way may come twice.
     *
     * @param base the turn's sequence that the subscriber knows as 0
     * @param cursor the first sequence that it may not have
     */
    record Unfinished(Subscriber subscriber, long base, long cursor) implements Delivered {}
}
