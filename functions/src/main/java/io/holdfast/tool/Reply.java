package io.holdfast.tool;

/** What a call of an endpoint or a function came to. */
sealed interface Reply<T> {

    /** What was made of the answer. */
    record Done<T>(T value) implements Reply<T> {}

    /**
     * There is no answer that is any good.
     *
     * @param message in words for the model and the user, without secrets
     */
    record Failed<T>(RefusalKind kind, String message) implements Reply<T> {
        public Failed {
            message = Words.safe(message);
        }
    }
}
