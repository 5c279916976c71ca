package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

/** Answers a request that no function is asked for, such as a page or a local tool. */
@FunctionalInterface
public interface LocalHandler {

    /**
     * Answers the request; runs on a virtual thread, so it may block.
     *
     * @return the answer, or null if this request is none of its business: the next route is asked
     */
    @Nullable LocalResponse handle(LocalRequest request);
}
