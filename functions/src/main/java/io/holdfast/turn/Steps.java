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

    /** Entries that the turn's stream had at least, as far as the record knows. */
    long reached() {
        if (open != null) {
            return open.reached();
        }
        return complete.isEmpty() ? 0 : complete.getLast().reached();
    }

    /**
     * A step under way.
     *
     * @param reached entries that the turn's stream had at least
     * @param bound no chunk of the turn has reached this sequence yet
     */
    record Open(int step, long reached, long bound) {}
}
