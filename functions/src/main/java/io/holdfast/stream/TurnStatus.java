package io.holdfast.stream;

/** Where a turn stands. Only those change that have not ended. */
public enum TurnStatus {
    /** It waits for the turn before it to end; its stream is empty. */
    QUEUED("queued"),
    RUNNING("running"),
    /** It waits for a human. */
    WAITING("waiting"),
    COMPLETED("completed"),
    FAILED("failed"),
    CANCELLED("cancelled");

    private final String wireName;

    TurnStatus(String wireName) {
        this.wireName = wireName;
    }

    /** The name in Redis, DynamoDB and the API. */
    public String wireName() {
        return wireName;
    }

    /** Whether the turn has ended for good. */
    public boolean isFinal() {
        return switch (this) {
            case QUEUED, RUNNING, WAITING -> false;
            case COMPLETED, FAILED, CANCELLED -> true;
        };
    }

    /** The status of this wire name; {@link IllegalArgumentException} if there is none. */
    public static TurnStatus of(String wireName) {
        for (TurnStatus status : values()) {
            if (status.wireName.equals(wireName)) {
                return status;
            }
        }
        throw new IllegalArgumentException("no turn status is named " + wireName);
    }
}
