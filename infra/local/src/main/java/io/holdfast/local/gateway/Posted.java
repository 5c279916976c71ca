package io.holdfast.local.gateway;

/** What became of a message posted to a connection. */
sealed interface Posted {
    /** It is written to the client's socket. */
    record Written() implements Posted {}

    /** The connection is not open. */
    record Gone() implements Posted {}

    /**
     * The client does not read fast enough. The message may or may not arrive: if it was being
     * written when the patience ended, the rest of it follows.
     */
    record Busy() implements Posted {}
}
