package io.holdfast.local.lambda;

import io.holdfast.local.template.Resource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Asynchronous invocations: nobody waits for the answer, and a failed one is tried twice more, or
 * as the function says, then goes to its dead letters (Lambda developer guide, "Asynchronous
 * invocation").
 */
final class AsyncInvocations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AsyncInvocations.class);

    /** The service waits a minute before the second attempt and two before the third. */
    static final List<Duration> LAMBDA_DELAYS =
            List.of(Duration.ofMinutes(1), Duration.ofMinutes(2));

    /** More than this waiting or running at once is refused. */
    private static final int MAX_PENDING = 10_000;

    private final FunctionInvoker functions;
    private final DeadLetters letters;
    private final List<Duration> delays;
    private final Semaphore places = new Semaphore(MAX_PENDING);
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("lambda-async-", 0).factory());

    /**
     * @param delays how long to wait before each further attempt
     */
    AsyncInvocations(FunctionInvoker functions, DeadLetters letters, List<Duration> delays) {
        this.functions = functions;
        this.letters = letters;
        this.delays = List.copyOf(delays);
    }

    /** Takes an event, unless too many are under way. */
    boolean offer(Resource.Function function, byte[] event) {
        if (!places.tryAcquire()) {
            return false;
        }
        threads.execute(
                () -> {
                    try {
                        run(function, event);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        places.release();
                    }
                });
        return true;
    }

    private void run(Resource.Function function, byte[] event) throws InterruptedException {
        int retries = Math.min(function.unattended().retries(), delays.size());
        long end = System.nanoTime() + function.unattended().longest().toNanos();
        for (int attempt = 0; ; attempt++) {
            if (succeeds(function.name(), event)) {
                return;
            }
            if (attempt >= retries || System.nanoTime() + delays.get(attempt).toNanos() > end) {
                bury(function, event, attempt + 1);
                return;
            }
            Thread.sleep(delays.get(attempt));
        }
    }

    private void bury(Resource.Function function, byte[] event, int attempts) {
        LOG.warn("{} failed {} times; its event is given up", function.name(), attempts);
        try {
            function.unattended().deadLetters().ifPresent(queue -> letters.put(queue, event));
        } catch (RuntimeException e) {
            LOG.error("An event is lost: the dead-letter queue fails as well", e);
        }
    }

    private boolean succeeds(String functionName, byte[] event) {
        try {
            return functions.invoke(functionName, event).functionError() == null;
        } catch (TooManyRequestsException e) {
            return false;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
