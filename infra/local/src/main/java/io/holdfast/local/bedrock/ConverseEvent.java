package io.holdfast.local.bedrock;

/**
 * One event of the output stream. As on the real service, only a tool call's block is announced by
 * a {@code contentBlockStart}: text and reasoning begin with their first delta, since the start's
 * union has no member for them.
 */
sealed interface ConverseEvent {

    record MessageStart() implements ConverseEvent {}

    record ToolUseStart(int index, String toolUseId, String name) implements ConverseEvent {}

    record TextDelta(int index, String text) implements ConverseEvent {}

    record ReasoningDelta(int index, String text) implements ConverseEvent {}

    record SignatureDelta(int index, String signature) implements ConverseEvent {}

    record ToolInputDelta(int index, String json) implements ConverseEvent {}

    record BlockStop(int index) implements ConverseEvent {}

    record MessageStop(StopReason reason) implements ConverseEvent {}

    record Metadata(long inputTokens, long outputTokens, long latencyMs) implements ConverseEvent {}

    /** Where events go. */
    interface Sink {
        void accept(ConverseEvent event) throws ClientGone;
    }
}
