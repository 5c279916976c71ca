package io.holdfast.turn;

/** What became of a wish to begin a turn. */
public sealed interface Begun {

    /** A new turn is in the record; its execution is still to be started. */
    record Started(Turn turn) implements Begun {}

    /** The same input has a turn already. */
    record Existing(Turn turn) implements Begun {}

    /** Another turn of the session runs or waits. */
    record Busy() implements Begun {}

    /** The session belongs to somebody else. */
    record Foreign() implements Begun {}

    /** The message's id was used for other words. */
    record Conflict() implements Begun {}

    /** The message asks for an assistant, model or effort that is not offered. */
    record Refused(String reason) implements Begun {}

    /** There is no message to answer again. */
    record NothingToAnswer() implements Begun {}
}
