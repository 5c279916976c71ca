package io.holdfast.tool;

import java.io.IOException;

/** The other side is not on the public internet, and may not be called. */
final class AddressRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    AddressRefusedException() {
        super("The address is not one of the public internet, so it is not called");
    }
}
