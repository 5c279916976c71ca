package io.holdfast.tool;

import java.time.Duration;

/** What the policy says of a call. */
public sealed interface Verdict {

    /** It runs unasked. */
    record Run() implements Verdict {}

    /**
     * A human must confirm it.
     *
     * @param reason in words for the human
     * @param expires how long it may take
     */
    record Ask(String reason, Duration expires) implements Verdict {}

    /** It does not run; the model is told why. */
    record Deny(String reason) implements Verdict {}
}
