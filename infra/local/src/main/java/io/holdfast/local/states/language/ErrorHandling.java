package io.holdfast.local.states.language;

import java.util.List;

/** What a Task, Parallel or Map state does when it fails: first retry, then catch. */
public record ErrorHandling(List<Retrier> retriers, List<Catcher> catchers) {
    /** Copies the lists. */
    public ErrorHandling {
        retriers = List.copyOf(retriers);
        catchers = List.copyOf(catchers);
    }

    /**
     * Tries again after a delay.
     *
     * @param errors the errors that it answers
     * @param intervalSeconds the first delay
     * @param maxAttempts how many times at most; 0 never
     * @param backoffRate what each delay is multiplied by, at least 1
     * @param maxDelaySeconds the longest delay
     * @param jitter whether the delay is drawn between 0 and its length
     */
    public record Retrier(
            List<String> errors,
            int intervalSeconds,
            int maxAttempts,
            double backoffRate,
            int maxDelaySeconds,
            boolean jitter) {
        /** Copies the list. */
        public Retrier {
            errors = List.copyOf(errors);
        }
    }

    /** Goes on elsewhere; without an output of its own, with the error's. */
    public record Catcher(List<String> errors, Exit exit) {
        /** Copies the list. */
        public Catcher {
            errors = List.copyOf(errors);
        }
    }
}
