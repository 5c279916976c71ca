package io.holdfast.schedule;

import io.holdfast.platform.SessionId;

/** A firing has to come again: another answer is on its way in its session. */
final class SessionBusyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SessionBusyException(SessionId session) {
        super("Another answer is on its way in " + session + "; the firing has to come again");
    }
}
