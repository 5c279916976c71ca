package io.holdfast.local.gateway;

/** Another process listens on the port already. */
public final class PortTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PortTakenException(int port, Throwable cause) {
        super("Port " + port + " is taken: another program listens on it", cause);
    }
}
