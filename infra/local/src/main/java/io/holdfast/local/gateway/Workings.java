package io.holdfast.local.gateway;

import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * What both APIs of one gateway share.
 *
 * @param domainName host and port, as events name them; unlike on AWS with a port, so that {@code
 *     http://domainName/stage} is the endpoint of {@code @connections} here as well
 * @param threads virtual, one for each invocation
 * @param timer for closing connections; must not be blocked
 */
record Workings(
        GatewayLimits limits,
        InstantSource clock,
        RequestIds ids,
        String domainName,
        Integration integration,
        ExecutorService threads,
        ScheduledExecutorService timer) {

    static ExecutorService newThreads() {
        return Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("gateway-", 0).factory());
    }

    static ScheduledExecutorService newTimer() {
        var timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("gateway-timer").factory());
        // Age limits of hours must not hold on to connections that are long gone.
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }
}
