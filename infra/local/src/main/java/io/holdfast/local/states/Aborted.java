package io.holdfast.local.states;

/** Ends a strand whose work is no longer wanted: its execution closed, or a sibling failed. */
final class Aborted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Aborted() {
        super("aborted", null, false, false);
    }
}
