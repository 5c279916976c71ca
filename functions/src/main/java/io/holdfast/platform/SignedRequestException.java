package io.holdfast.platform;

import org.jspecify.annotations.Nullable;

/** A call of an AWS service failed; the message names the call and AWS's code, never a secret. */
public final class SignedRequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SignedRequestException(String what, String why, @Nullable Throwable cause) {
        super(what + " failed: " + why, cause);
    }
}
