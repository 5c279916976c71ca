package io.holdfast.platform;

import java.util.List;

/** The environment of a function is wrong; the message names every fault. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConfigurationException(List<String> faults) {
        super("The configuration is wrong: " + String.join("; ", faults));
    }
}
