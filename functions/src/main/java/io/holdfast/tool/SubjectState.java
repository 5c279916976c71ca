package io.holdfast.tool;

/** What a source says of a subject. */
public sealed interface SubjectState {

    /**
     * It is like this now.
     *
     * @param text JSON without spaces, or words
     */
    record Found(String text) implements SubjectState {}

    /** It cannot be had now; the log says why. */
    record Unavailable() implements SubjectState {}

    /** There is no source for subjects of its kind. */
    record NoSource() implements SubjectState {}
}
