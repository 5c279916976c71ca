package io.holdfast.turn;

import io.holdfast.platform.TurnId;

/**
 * The place of a call in a turn.
 *
 * @param step the step that asked for it, from 1
 * @param index its place in the step, from 0
 */
public record CallId(int step, int index) {

    /** What names the call to the outside, the same whenever it is run again. */
    public String key(TurnId turn) {
        return turn + "-" + step + "-" + index;
    }
}
