package io.holdfast.turn;

/**
 * How far a call was when its turn was cancelled.
 *
 * @param toolCallId the model's name for it
 */
public record CallReceipt(String toolCallId, String toolName, State state) {

    /** How far. */
    public enum State {
        NOT_STARTED("not_started"),
        RUNNING("running"),
        DONE("done");

        private final String wireName;

        State(String wireName) {
            this.wireName = wireName;
        }

        /** The name on the wire. */
        public String wireName() {
            return wireName;
        }
    }
}
