package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

/** Takes what a call has to show before it is done. */
public interface Progress {
    /** Shows nothing. */
    Progress NONE = preliminary -> {};

    /** Shows a preliminary output; the next one replaces it. Too many are passed over. */
    void report(JsonNode preliminary);
}
