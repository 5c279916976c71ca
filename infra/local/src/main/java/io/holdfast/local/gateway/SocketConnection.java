package io.holdfast.local.gateway;

import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One WebSocket connection at the level of frames: reads them within the limits, hands complete
 * messages on, and writes what is posted.
 *
 * <p>Reading is by demand: the next frame is asked for only when the last one is dealt with, and
 * not while as many messages as allowed are in functions. Nothing is dropped; TCP holds the client
 * back.
 */
final class SocketConnection implements FrameHandler {
    /** How long a client may take to answer a close before its socket is cut. */
    private static final long CLOSE_GRACE_MILLIS = 1000;

    /** Who is told of this connection. Called on I/O threads: must not block. */
    interface Listener {
        /** The handshake is answered; frames are about to flow. */
        void opened(SocketConnection connection);

        /** A message came in; {@code done} must be called once it is dealt with. */
        void message(SocketConnection connection, String text, Runnable done);

        /** The connection is over, however it ended. Called once. */
        void closed(SocketConnection connection, int statusCode, String reason);
    }

    private final ConnectionInfo info;
    private final GatewayLimits limits;
    private final Listener listener;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;
    private final MessageAssembler assembler;
    private final Outbox outbox;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile Instant lastActive;
    private volatile @Nullable ScheduledFuture<?> ageLimit;
    private volatile @Nullable CoreSession session;

    SocketConnection(ConnectionInfo info, Listener listener, Workings workings) {
        this.info = info;
        this.listener = listener;
        limits = workings.limits();
        clock = workings.clock();
        timer = workings.timer();
        assembler = new MessageAssembler(limits);
        outbox = new Outbox(limits);
        lastActive = info.connectedAt();
    }

    ConnectionInfo info() {
        return info;
    }

    Instant lastActive() {
        return lastActive;
    }

    /** Completes when the functions have been told of the end. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /**
     * Waits for the moment between the function's yes and the handshake's answer to pass; blocks.
     *
     * @return false if the connection never opened
     */
    boolean awaitOpen() {
        try {
            return answered.await(limits.postTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    && session != null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The client left before its handshake was answered. */
    void neverOpened() {
        answered.countDown();
        listener.closed(this, CloseStatus.NO_CLOSE, "");
    }

    /** Writes a message and waits for it; blocks. */
    Posted post(byte[] message) {
        CoreSession open = session;
        if (open == null || !open.isOutputOpen()) {
            return new Posted.Gone();
        }
        Posted posted = outbox.post(open, message);
        if (posted instanceof Posted.Written) {
            lastActive = clock.instant();
        }
        return posted;
    }

    /** Sends a frame of the gateway's own; {@code done} runs when it is written or lost. */
    void send(String text, Runnable done) {
        CoreSession open = session;
        if (open == null) {
            done.run();
            return;
        }
        open.sendFrame(
                new Frame(OpCode.TEXT, text), Callback.from(done, failure -> done.run()), false);
    }

    /** Closes with a close frame; the socket is cut if the client does not follow. */
    void close(int statusCode, String reason) {
        CoreSession open = session;
        if (open == null || !closing.compareAndSet(false, true)) {
            return;
        }
        cutAfterGrace(open);
        open.close(statusCode, reason, Callback.NOOP);
    }

    /** Cuts the TCP connection without a word, as a lost network does. */
    void cut() {
        CoreSession open = session;
        if (open != null) {
            open.abort();
        }
    }

    @Override
    public void onOpen(CoreSession coreSession, Callback callback) {
        session = coreSession;
        coreSession.addIdleTimeoutListener(
                timeout -> {
                    close(CloseStatus.SHUTDOWN, "Going away");
                    return false;
                });
        ageLimit =
                timer.schedule(
                        () -> close(CloseStatus.SHUTDOWN, "Going away"),
                        limits.maxConnectionAge().toMillis(),
                        TimeUnit.MILLISECONDS);
        answered.countDown();
        listener.opened(this);
        callback.succeeded();
        coreSession.demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        CoreSession open = session;
        if (open == null) {
            callback.failed(new IllegalStateException("A frame before the connection is open"));
            return;
        }
        lastActive = clock.instant();
        switch (frame.getOpCode()) {
            case OpCode.CLOSE, OpCode.PONG -> {
                callback.succeeded();
                if (frame.getOpCode() == OpCode.PONG) {
                    open.demand();
                }
            }
            case OpCode.PING -> {
                ByteBuffer echo = BufferUtil.copy(frame.getPayload());
                callback.succeeded();
                // Reads on only when the pong is out: pings without reading fill no buffer.
                open.sendFrame(
                        new Frame(OpCode.PONG, echo),
                        Callback.from(open::demand, failure -> open.demand()),
                        false);
            }
            case OpCode.BINARY -> {
                callback.succeeded();
                // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
                close(CloseStatus.BAD_DATA, "Binary frames are not supported");
            }
            default -> {
                MessageAssembler.Taken taken = assembler.take(frame.getPayload(), frame.isFin());
                callback.succeeded();
                take(open, taken);
            }
        }
    }

    private void take(CoreSession open, MessageAssembler.Taken taken) {
        switch (taken) {
            case MessageAssembler.Taken.More _ -> open.demand();
            case MessageAssembler.Taken.Whole whole -> {
                // Counted before the function runs, so that only one of reader and function
                // finds the way free again.
                boolean mayReadOn = inFlight.incrementAndGet() < limits.inFlightPerConnection();
                listener.message(this, whole.text(), this::messageDone);
                if (mayReadOn) {
                    open.demand();
                }
            }
            case MessageAssembler.Taken.TooLarge tooLarge -> {
                cutAfterGrace(open);
                send(
                        tooLarge.help(),
                        () -> close(CloseStatus.MESSAGE_TOO_LARGE, "Message too large"));
            }
            case MessageAssembler.Taken.NotText _ -> close(CloseStatus.BAD_PAYLOAD, "Not UTF-8");
        }
    }

    private void messageDone() {
        CoreSession open = session;
        if (inFlight.getAndDecrement() == limits.inFlightPerConnection() && open != null) {
            open.demand();
        }
    }

    private void cutAfterGrace(CoreSession open) {
        ScheduledFuture<?> _ =
                timer.schedule(open::abort, CLOSE_GRACE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void onError(Throwable cause, Callback callback) {
        // Told again, with its status, by onClosed.
        callback.succeeded();
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        ScheduledFuture<?> age = ageLimit;
        if (age != null) {
            age.cancel(false);
        }
        // The reason of a broken connection would be Jetty's own words, which AWS does not know.
        boolean broken = status.getCode() == CloseStatus.NO_CLOSE;
        String reason = broken ? null : status.getReason();
        listener.closed(this, status.getCode(), reason == null ? "" : reason);
        callback.succeeded();
    }
}
