package io.holdfast.platform;

import java.util.List;

/** What an operator has configured is wrong; the message names every fault. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what is wrong.
     *
     * @param faults in words that say what to do, without secrets
     */
    public ConfigurationException(List<String> faults) {
        super("The configuration is wrong: " + String.join("; ", faults));
    }
}
