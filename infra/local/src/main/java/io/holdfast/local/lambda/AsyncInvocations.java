package io.holdfast.local.lambda;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Asynchronous invocations: nobody waits for the answer, and a failed one is tried twice more
 * (Lambda developer guide, "Asynchronous invocation").
 */
final class AsyncInvocations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AsyncInvocations.class);

    /** The service waits a minute before the second attempt and two before the third. */
    static final List<Duration> LAMBDA_DELAYS =
            List.of(Duration.ofMinutes(1), Duration.ofMinutes(2));

    /** More than this waiting or running at once is refused. */
    private static final int MAX_PENDING = 10_000;

    private final FunctionInvoker functions;
    private final List<Duration> delays;
    private final Semaphore places = new Semaphore(MAX_PENDING);
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("lambda-async-", 0).factory());

    /**
     * @param delays how long to wait before each further attempt
     */
    AsyncInvocations(FunctionInvoker functions, List<Duration> delays) {
        this.functions = functions;
        this.delays = List.copyOf(delays);
    }

    /** Takes an event, unless too many are under way. */
    boolean offer(String functionName, byte[] event) {
        if (!places.tryAcquire()) {
            return false;
        }
        threads.execute(
                () -> {
                    try {
                        run(functionName, event);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        places.release();
                    }
                });
        return true;
    }

    private void run(String functionName, byte[] event) throws InterruptedException {
        for (int attempt = 0; ; attempt++) {
            if (succeeds(functionName, event)) {
                return;
            }
            if (attempt == delays.size()) {
                LOG.warn("{} failed {} times; its event is dropped", functionName, attempt + 1);
                return;
            }
            Thread.sleep(delays.get(attempt));
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
