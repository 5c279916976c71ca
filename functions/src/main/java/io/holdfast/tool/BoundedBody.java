package io.holdfast.tool;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An answer's body that ends with an exception when it is too long or takes too long.
 *
 * <p>The HTTP client's own timeout ends with the answer's head, so a body that trickles needs this.
 */
final class BoundedBody extends InputStream {
    private final InputStream body;
    private final long maxBytes;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile boolean late;
    private long count;

    BoundedBody(InputStream body, long maxBytes, Duration time) {
        this.body = body;
        this.maxBytes = maxBytes;
        var _ =
                done.orTimeout(Math.max(1, time.toMillis()), TimeUnit.MILLISECONDS)
                        .whenComplete((nothing, timeout) -> closeIfLate(timeout != null));
    }

    /** Wakes up whoever reads. */
    private void closeIfLate(boolean isLate) {
        if (isLate) {
            late = true;
            try {
                body.close();
            } catch (IOException e) {
                // Whoever reads sees it.
            }
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read;
        try {
            read = body.read(buffer, offset, length);
        } catch (IOException e) {
            if (late) {
                throw new BodyTooSlowException();
            }
            throw e;
        }
        if (late) {
            // A stream that was closed may also just end.
            throw new BodyTooSlowException();
        }
        count += Math.max(0, read);
        if (count > maxBytes) {
            throw new BodyTooLongException();
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        done.complete(null);
        body.close();
    }

    /** There is more than was agreed. */
    static final class BodyTooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** It did not come in time. */
    static final class BodyTooSlowException extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
