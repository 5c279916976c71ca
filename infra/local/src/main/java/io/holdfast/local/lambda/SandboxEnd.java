package io.holdfast.local.lambda;

import org.jspecify.annotations.Nullable;

/**
 * How a sandbox has ended.
 *
 * @param how as Lambda words it: {@code signal: killed} or {@code exit status 1}
 * @param fault why it could not start, if it said so or took too long
 * @param said the last lines of its output
 */
record SandboxEnd(String how, @Nullable String fault, String said) {
    /** Java reports the end by a signal as this and the signal's number, as shells do. */
    private static final int SIGNALS = 128;

    static SandboxEnd of(int exitValue, @Nullable String fault, String said) {
        String how =
                switch (exitValue - SIGNALS) {
                    case 6 -> "signal: aborted";
                    case 9 -> "signal: killed";
                    case 11 -> "signal: segmentation fault";
                    case 15 -> "signal: terminated";
                    default -> "exit status " + exitValue;
                };
        return new SandboxEnd(how, fault, said);
    }

    /** Somebody ended it; by itself it would have run on. */
    boolean fromOutside() {
        return fault == null && (how.equals("signal: killed") || how.equals("signal: terminated"));
    }

    /** Why it did not start. */
    String reason() {
        if (fault != null) {
            return fault;
        }
        return "its JVM has ended (" + how + ")" + (said.isEmpty() ? "" : " and said:\n" + said);
    }
}
