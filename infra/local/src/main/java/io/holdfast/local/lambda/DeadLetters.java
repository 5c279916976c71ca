package io.holdfast.local.lambda;

/** Where the events go that functions have failed at. */
@FunctionalInterface
public interface DeadLetters {
    /** Puts an event on the queue of this ARN, as it came. */
    void put(String queueArn, byte[] event);
}
