package io.holdfast.local.bedrock;

/** The rehearsed loss of a connection: it is closed without the stream's end. */
public final class ConnectionDropped extends Exception {
    private static final long serialVersionUID = 1L;
}
