package io.holdfast.local.bedrock;

import java.util.Locale;

/** Why an answer ended; the names are those of Bedrock's {@code StopReason}. */
public enum StopReason {
    END_TURN,
    TOOL_USE,
    MAX_TOKENS,
    STOP_SEQUENCE,
    GUARDRAIL_INTERVENED,
    CONTENT_FILTERED;

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
