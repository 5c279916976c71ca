package io.holdfast.stream;

/** Where a turn stands. Only {@link #RUNNING} and {@link #WAITING} turns change. */
public enum TurnStatus {
    RUNNING("running"),
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
        return this != RUNNING && this != WAITING;
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
