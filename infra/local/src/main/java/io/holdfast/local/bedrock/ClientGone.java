package io.holdfast.local.bedrock;

import java.io.IOException;

/** Nobody reads the answer any more. */
public final class ClientGone extends Exception {
    private static final long serialVersionUID = 1L;

    ClientGone(IOException cause) {
        super("The client left", cause);
    }
}
