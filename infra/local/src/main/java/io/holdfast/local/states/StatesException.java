package io.holdfast.local.states;

/** A request that the service refuses, by the name that its API gives the error. */
public final class StatesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    /**
     * Names the error.
     *
     * @param code such as {@code ExecutionDoesNotExist}
     */
    public StatesException(String code, String message) {
        super(message);
        this.code = code;
    }

    static StatesException validation(String message) {
        return new StatesException("ValidationException", message);
    }

    /** The error's name. */
    public String code() {
        return code;
    }
}
