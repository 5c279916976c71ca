package io.holdfast.local.lambda;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/**
 * The sandboxes of one function: one serves, and one stands by, warm, to take its place when it
 * dies. When as many invocations run as a sandbox takes, the one that stands by serves as well.
 *
 * <p>What a dead sandbox had not picked up goes to the next one; what ran in it has failed.
 */
final class SandboxPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SandboxPool.class);

    private final String name;
    private final Settings settings;
    private final Launcher launcher;
    private final CompletableFuture<Void> warmed = new CompletableFuture<>();

    // Guarded by this.
    private final Deque<Invocation> waiting = new ArrayDeque<>();
    private final List<Place> serving = new ArrayList<>();
    private @Nullable Place standby;
    private boolean started;
    private boolean wantsStandby;
    private boolean launching;
    private boolean closed;
    private int failedStarts;

    /**
     * How a pool works.
     *
     * @param concurrency invocations that one sandbox takes at once
     * @param maxServing sandboxes that serve at once
     * @param startLimit how long a sandbox may take until it asks for work
     * @param backoff how long to wait before a start that follows so many failed ones
     */
    record Settings(
            int concurrency, int maxServing, Duration startLimit, IntFunction<Duration> backoff) {
        private static final int MOST_DOUBLINGS = 6;

        /** A fifth of a second after the first, twice as long each time, about ten at most. */
        static Duration backoff(int failedStarts) {
            return failedStarts == 0
                    ? Duration.ZERO
                    : Duration.ofMillis(200L << Math.min(failedStarts - 1, MOST_DOUBLINGS));
        }
    }

    /** Starts sandboxes. */
    @FunctionalInterface
    interface Launcher {
        /**
         * Starts one, without waiting until it asks for work.
         *
         * @throws IOException if there cannot be one
         */
        Sandbox launch(SandboxEvents events) throws IOException;
    }

    SandboxPool(String name, Settings settings, Launcher launcher) {
        this.name = name;
        this.settings = settings;
        this.launcher = launcher;
    }

    /**
     * Starts the first sandbox and waits until it asks for work.
     *
     * @throws FunctionStartException if it does not
     */
    void start() {
        Place first;
        synchronized (this) {
            try {
                first = new Place();
            } catch (IOException e) {
                throw new FunctionStartException("there is no JVM for it: " + e.getMessage(), e);
            }
            serving.add(first);
        }
        try {
            first.ready.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof FunctionStartException fault) {
                throw fault;
            }
            throw e;
        }
        synchronized (this) {
            started = true;
            // It may have died since.
            refill();
        }
    }

    /** Takes an invocation. It waits if no sandbox is free. */
    synchronized void submit(Invocation invocation) {
        waiting.addLast(invocation);
        if (closed) {
            failWaiting("signal: killed");
        } else {
            dispatch();
        }
    }

    /** Wants a sandbox that stands by, from now on; done when the first one does, or cannot. */
    synchronized CompletableFuture<Void> warm() {
        wantsStandby = true;
        refill();
        return warmed;
    }

    synchronized FunctionStatus status() {
        int running = serving.stream().mapToInt(place -> place.running.size()).sum();
        return new FunctionStatus(
                name,
                serving.isEmpty() ? null : (Long) serving.getFirst().sandbox.pid(),
                waiting.size() + running,
                standby == null || !standby.isReady() ? null : (Long) standby.sandbox.pid());
    }

    @Override
    public void close() {
        List<Place> places;
        synchronized (this) {
            closed = true;
            places = new ArrayList<>(serving);
            if (standby != null) {
                places.add(standby);
            }
            failWaiting("signal: killed");
            warmed.complete(null);
        }
        places.forEach(place -> place.sandbox.close());
    }

    private void failWaiting(String how) {
        for (Invocation one = waiting.poll(); one != null; one = waiting.poll()) {
            one.end(FunctionErrors.exited(one.id(), how));
        }
    }

    private void dispatch() {
        while (!waiting.isEmpty()) {
            Place free = free();
            if (free == null) {
                return;
            }
            free.assign(waiting.removeFirst());
        }
    }

    private @Nullable Place free() {
        for (Place place : serving) {
            if (!place.idle.isEmpty()) {
                return place;
            }
        }
        Place next = standby;
        boolean full =
                !serving.isEmpty()
                        && serving.stream()
                                .allMatch(p -> p.running.size() >= settings.concurrency());
        if (!full
                || next == null
                || next.idle.isEmpty()
                || serving.size() == settings.maxServing()) {
            return null;
        }
        LOG.info("{} is full; {} serves as well", name, next.sandbox.pid());
        serving.add(next);
        standby = null;
        refill();
        return next;
    }

    /** Starts what is missing, one sandbox at a time: the one that serves comes first. */
    private void refill() {
        boolean urgent = serving.isEmpty();
        boolean wanted = wantsStandby && standby == null;
        if (closed
                || !started
                || launching
                || !(urgent || (wanted && serving.getFirst().isReady()))) {
            return;
        }
        launching = true;
        Duration pause = settings.backoff().apply(failedStarts);
        Thread.ofVirtual()
                .name(name + "-start")
                .start(
                        () -> {
                            try {
                                Thread.sleep(pause);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            relaunch();
                        });
    }

    private synchronized void relaunch() {
        launching = false;
        if (closed) {
            return;
        }
        try {
            Place place = new Place();
            if (serving.isEmpty()) {
                serving.add(place);
            } else {
                standby = place;
                var _ = place.ready.whenComplete((_, _) -> warmed.complete(null));
            }
        } catch (IOException e) {
            startFailed("there is no JVM for it: " + e.getMessage());
            refill();
        }
    }

    /** Lambda fails an invocation whose sandbox cannot start; else it would wait for ever. */
    private void startFailed(String reason) {
        failedStarts++;
        LOG.error("{} did not start: {}", name, reason);
        if (serving.stream().noneMatch(Place::isReady)) {
            failWaiting(reason);
        }
    }

    private void ready() {
        failedStarts = 0;
        refill();
    }

    /** One sandbox and what runs in it. Its state is guarded by the pool. */
    private final class Place implements SandboxEvents {
        private final Map<String, Invocation> running = new LinkedHashMap<>();
        private final Deque<CompletableFuture<Invocation>> idle = new ArrayDeque<>();
        private final CompletableFuture<Void> ready = new CompletableFuture<>();
        private final Sandbox sandbox;
        private boolean dead;

        /** Starts it; what it tells waits for the pool. */
        Place() throws IOException {
            sandbox = launcher.launch(this);
            var _ =
                    ready.copy()
                            .orTimeout(settings.startLimit().toMillis(), TimeUnit.MILLISECONDS)
                            .whenComplete((_, late) -> giveUpIf(late));
        }

        private void giveUpIf(@Nullable Throwable late) {
            if (late instanceof TimeoutException) {
                sandbox.giveUp(
                        "it did not ask for work within "
                                + settings.startLimit().toSeconds()
                                + " s");
            }
        }

        boolean isReady() {
            return ready.isDone() && !ready.isCompletedExceptionally();
        }

        void assign(Invocation invocation) {
            running.put(invocation.id(), invocation);
            idle.removeFirst().complete(invocation);
        }

        @Override
        public @Nullable Invocation next() throws InterruptedException {
            CompletableFuture<Invocation> asked = new CompletableFuture<>();
            synchronized (SandboxPool.this) {
                if (dead) {
                    return null;
                }
                idle.addLast(asked);
                if (ready.complete(null)) {
                    ready();
                }
                dispatch();
            }
            try {
                Invocation invocation = asked.get();
                boolean alive = sandbox.isAlive();
                synchronized (SandboxPool.this) {
                    if (dead || !alive) {
                        // Not picked up: it goes to the next one when this one's end is told.
                        return null;
                    }
                    invocation.pickUp();
                    return invocation;
                }
            } catch (CancellationException ended) {
                return null;
            } catch (ExecutionException e) {
                throw new IllegalStateException("Nobody fails a request for work", e);
            }
        }

        @Override
        public boolean answered(String requestId, InvocationResult result) {
            synchronized (SandboxPool.this) {
                Invocation invocation = running.remove(requestId);
                if (invocation == null) {
                    return false;
                }
                invocation.end(result);
                return true;
            }
        }

        @Override
        public void ended(SandboxEnd end) {
            synchronized (SandboxPool.this) {
                dead = true;
                serving.remove(this);
                if (standby == this) {
                    standby = null;
                }
                idle.forEach(asked -> asked.cancel(false));
                giveBack(end);
                if (closed) {
                    failWaiting(end.how());
                }
                boolean hadStarted = isReady();
                if (!closed) {
                    tell(end, hadStarted);
                }
                ready.completeExceptionally(new FunctionStartException(end.reason()));
                if (serving.isEmpty() && standby != null) {
                    serving.add(standby);
                    standby = null;
                }
                dispatch();
                refill();
            }
        }

        /** What it had not picked up is first in the queue again; the rest has failed. */
        private void giveBack(SandboxEnd end) {
            for (Invocation invocation : List.copyOf(running.values()).reversed()) {
                if (invocation.pickedUp()) {
                    invocation.end(FunctionErrors.exited(invocation.id(), end.how()));
                } else {
                    waiting.addFirst(invocation);
                }
            }
            running.clear();
        }

        private void tell(SandboxEnd end, boolean hadStarted) {
            if (hadStarted || end.fromOutside()) {
                LOG.warn("{} ({}) has ended: {}", name, sandbox.pid(), end.how());
                if (!hadStarted) {
                    failedStarts++;
                }
            } else if (started) {
                startFailed(end.reason());
            }
        }
    }
}
