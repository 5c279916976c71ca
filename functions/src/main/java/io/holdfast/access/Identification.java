package io.holdfast.access;

/** What came of asking who somebody is. */
public sealed interface Identification {
    /** Somebody we know. */
    record Known(Identity identity) implements Identification {}

    /**
     * Nobody.
     *
     * @param reason for the client; says nothing about what would have been right
     */
    record Unknown(String reason) implements Identification {}
}
