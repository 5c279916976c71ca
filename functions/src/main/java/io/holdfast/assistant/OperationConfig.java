package io.holdfast.assistant;

import java.time.Duration;

/**
 * How a tool is done by an outside service, which takes the work and posts its completion later.
 *
 * @param mode what the turn does meanwhile
 * @param heartbeat how long the service may be silent; each progress that it posts begins it anew
 * @param timeout how long the work may take in all
 */
public record OperationConfig(Mode mode, Duration heartbeat, Duration timeout) {

    /** What a turn does while an operation goes on. */
    public enum Mode {
        /** It waits for the result, without using compute. */
        AWAIT,
        /** It ends; the conversation goes on by itself when the result is there. */
        DETACH
    }
}
