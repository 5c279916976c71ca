package io.holdfast.local.lambda;

import org.jspecify.annotations.Nullable;

/**
 * How a function runs.
 *
 * @param pid the process that serves it; absent while another takes a dead one's place
 * @param inFlight invocations that were accepted and have not ended
 * @param standby the process that serves when that one dies, if it is warm
 */
public record FunctionStatus(
        String name, @Nullable Long pid, int inFlight, @Nullable Long standby) {}
