package io.holdfast.schedule;

import io.holdfast.platform.TurnId;

/** What became of a firing. */
sealed interface Fired {

    /** Its turn runs, or has run: the same firing again finds it. */
    record Started(TurnId turn) implements Fired {}

    /** Its session had another answer on its way until it was too late. */
    record Busy() implements Fired {}

    /** It came too late. */
    record Missed() implements Fired {}

    /** There is no such assistant or session any more. */
    record Refused() implements Fired {}

    /** Its schedule is paused or deleted, or it has run with other words. */
    record Ignored() implements Fired {}
}
