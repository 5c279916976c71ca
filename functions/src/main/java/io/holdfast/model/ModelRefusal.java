package io.holdfast.model;

/** Why a model will not answer a request, however often it is asked. */
public enum ModelRefusal {
    /** The conversation is longer than the model's window. */
    TOO_LONG("too_long"),
    /** The request is not one that the model takes. */
    INVALID("invalid"),
    /** This account may not use the model, or there is no such model. */
    UNAVAILABLE("not_available");

    private final String code;

    ModelRefusal(String code) {
        this.code = code;
    }

    /** The name in verdicts and logs. */
    public String code() {
        return code;
    }
}
