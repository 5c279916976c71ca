package io.holdfast.local.scheduler;

/** What a schedule can call here. */
enum TargetKind {
    FUNCTION("arn:aws:lambda:"),
    STATE_MACHINE("arn:aws:states:"),
    QUEUE("arn:aws:sqs:");

    private final String prefix;

    TargetKind(String prefix) {
        this.prefix = prefix;
    }

    /** The kind of an ARN; a {@link SchedulerException} if it is none that can be called. */
    static TargetKind of(String arn) {
        for (TargetKind kind : values()) {
            if (arn.startsWith(kind.prefix)) {
                return kind;
            }
        }
        throw SchedulerException.validation(
                "Target.Arn must be a function, a state machine or a queue here, not '"
                        + arn
                        + "'.");
    }
}
