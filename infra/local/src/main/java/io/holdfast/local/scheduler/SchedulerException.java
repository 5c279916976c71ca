package io.holdfast.local.scheduler;

/** A request that the service refuses, by the name that its API gives the error. */
public final class SchedulerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    private SchedulerException(int status, String code, String message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    static SchedulerException validation(String message) {
        return new SchedulerException(400, "ValidationException", message);
    }

    static SchedulerException notFound(String message) {
        return new SchedulerException(404, "ResourceNotFoundException", message);
    }

    static SchedulerException conflict(String message) {
        return new SchedulerException(409, "ConflictException", message);
    }

    int status() {
        return status;
    }

    /** The error's name. */
    public String code() {
        return code;
    }
}
