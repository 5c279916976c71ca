package io.holdfast.local.bedrock;

import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;

import java.io.IOException;
import java.time.Duration;

/**
 * Interrupts the thread that answers as soon as its client is gone. HTTP/1.1 tells a server of a
 * client that left only when it reads or writes, and a model that says nothing does neither. So
 * this looks for the end of the input. It would swallow the bytes of a next request, but a
 * connection here serves only one.
 */
final class ClientWatch implements AutoCloseable {
    /** Short enough for "at once", long enough to cost nothing with a thousand streams. */
    private static final Duration INTERVAL = Duration.ofMillis(20);

    private final Thread answering;
    private final Thread watching;
    private boolean closed;

    private ClientWatch(EndPoint client, Thread answering) {
        this.answering = answering;
        this.watching =
                Thread.ofVirtual().name("bedrock-client-watch").unstarted(() -> watch(client));
    }

    static ClientWatch start(EndPoint client, Thread answering) {
        ClientWatch watch = new ClientWatch(client, answering);
        watch.watching.start();
        return watch;
    }

    private void watch(EndPoint client) {
        try {
            while (isThere(client)) {
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            return; // closed: the answer is done
        }
        synchronized (this) {
            if (!closed) {
                answering.interrupt();
            }
        }
    }

    private static boolean isThere(EndPoint client) {
        try {
            return client.isOpen() && client.fill(BufferUtil.allocate(16)) >= 0;
        } catch (IOException e) {
            return false; // reset
        }
    }

    /** From here on, the answering thread is not interrupted any more. */
    @Override
    public synchronized void close() {
        closed = true;
        watching.interrupt();
    }
}
