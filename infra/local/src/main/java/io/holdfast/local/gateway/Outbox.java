package io.holdfast.local.gateway;

import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes posted messages to one connection, one at a time and in the order in which they came. Only
 * the message at the head is in the socket's queue; the others wait in the threads that post them,
 * so that a client that does not read costs a bounded number of messages.
 */
final class Outbox {
    private final Semaphore turn = new Semaphore(1, true);
    private final AtomicInteger waiting = new AtomicInteger();
    private final int maxWaiting;
    private final Duration patience;

    Outbox(GatewayLimits limits) {
        maxWaiting = limits.waitingPostsPerConnection();
        patience = limits.postTimeout();
    }

    /** Writes the message and waits until it is written; blocks. */
    Posted post(CoreSession session, byte[] message) {
        if (waiting.incrementAndGet() > maxWaiting) {
            waiting.decrementAndGet();
            return new Posted.Busy();
        }
        try {
            long deadline = System.nanoTime() + patience.toNanos();
            if (!turn.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                return new Posted.Busy();
            }
            // Whether or not somebody still waits for it, the turn ends when the write does.
            CompletableFuture<Void> written = new CompletableFuture<>();
            Callback callback =
                    Callback.from(
                            () -> {
                                turn.release();
                                written.complete(null);
                            },
                            failure -> {
                                turn.release();
                                written.completeExceptionally(failure);
                            });
            session.sendFrame(new Frame(OpCode.TEXT, ByteBuffer.wrap(message)), callback, false);
            written.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            return new Posted.Written();
        } catch (ExecutionException e) {
            // A write fails for one reason only: the connection is closing or gone.
            return new Posted.Gone();
        } catch (TimeoutException e) {
            return new Posted.Busy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Posted.Gone();
        } finally {
            waiting.decrementAndGet();
        }
    }
}
