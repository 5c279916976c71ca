package io.holdfast.local.samples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does what the event says: {@code "fail"}, {@code "hang"}, {@code "large"}, {@code "print"},
 * {@code "exit"} (with its whole JVM), else it echoes.
 */
public final class Obey implements RequestStreamHandler {
    /** How often any of these was called since the last reset. */
    public static final AtomicInteger CALLS = new AtomicInteger();

    /** Whether a hanging one was interrupted. */
    public static final AtomicBoolean INTERRUPTED = new AtomicBoolean();

    /** A Lambda-side failure, as {@code errorType} names it. */
    public static final class OutOfLuckException extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        OutOfLuckException() {
            super("no luck today", new IOException("the disk is full"));
        }
    }

    /** In a JVM of its own. */
    public Obey() {
        this(System.getenv());
    }

    /** Ignores the environment. */
    public Obey(Map<String, String> environment) {}

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        CALLS.incrementAndGet();
        String event = new String(input.readAllBytes(), StandardCharsets.UTF_8);
        switch (event) {
            case "\"fail\"" -> throw new OutOfLuckException();
            case "\"hang\"" -> hang();
            case "\"print\"" -> {
                System.out.println("a line on stdout");
                System.err.println("a line on stderr");
            }
            case "\"print and hang\"" -> {
                System.err.println("it hangs");
                hang();
            }
            case "\"exit\"" -> Runtime.getRuntime().halt(3);
            case "\"large\"" -> output.write(new byte[7 * 1024 * 1024]);
            default -> output.write(event.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void hang() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            INTERRUPTED.set(true);
        }
    }
}
