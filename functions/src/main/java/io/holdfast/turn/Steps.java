package io.holdfast.turn;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The steps of a turn as the record has them.
 *
 * @param complete in order
 * @param open the step that somebody has begun and nobody has completed, absent if there is none
 */
record Steps(List<StepResult> complete, @Nullable Open open) {
    Steps {
        complete = List.copyOf(complete);
    }

    /**
     * A step under way.
     *
     * @param bound no chunk of the turn has reached this sequence yet
     */
    record Open(int step, long bound) {}
}
