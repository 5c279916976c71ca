package io.holdfast.chunk;

/** Why a message ended, as the AI SDK names it. */
public enum FinishReason {
    STOP("stop"),
    LENGTH("length"),
    CONTENT_FILTER("content-filter"),
    TOOL_CALLS("tool-calls"),
    ERROR("error"),
    OTHER("other");

    private final String wireName;

    FinishReason(String wireName) {
        this.wireName = wireName;
    }

    /** The name on the wire. */
    public String wireName() {
        return wireName;
    }
}
