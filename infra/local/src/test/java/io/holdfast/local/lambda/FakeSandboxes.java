package io.holdfast.local.lambda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sandboxes without processes, which tests let start, work and die. */
final class FakeSandboxes implements SandboxPool.Launcher {
    private final List<Fake> launched = new CopyOnWriteArrayList<>();
    private volatile boolean starting = true;

    /** All so far, the oldest first. */
    List<Fake> launched() {
        return launched;
    }

    /** From now on, sandboxes do not ask for work by themselves. */
    void holdStarts() {
        starting = false;
    }

    @Override
    public Sandbox launch(SandboxEvents events) throws IOException {
        Fake fake = new Fake(launched.size() + 1, events);
        launched.add(fake);
        if (starting) {
            fake.ask();
        }
        return fake;
    }

    /** One of them; its process id is its place in the row. */
    static final class Fake implements Sandbox {
        private final long pid;
        private final SandboxEvents events;
        private volatile boolean alive = true;

        private Fake(long pid, SandboxEvents events) {
            this.pid = pid;
            this.events = events;
        }

        /** Asks for an invocation, and works on it when it comes. */
        void ask() {
            Thread.ofVirtual()
                    .start(
                            () -> {
                                try {
                                    Invocation next = events.next();
                                    if (next != null) {
                                        work(next);
                                    }
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
        }

        /** An event of {@code "hang"} is never answered; others are, with this sandbox's number. */
        private void work(Invocation invocation) {
            if (!new String(invocation.event(), StandardCharsets.UTF_8).equals("hang")) {
                answer(invocation);
                ask();
            }
        }

        void answer(Invocation invocation) {
            byte[] payload = Long.toString(pid).getBytes(StandardCharsets.UTF_8);
            events.answered(invocation.id(), new InvocationResult(payload, null));
        }

        /** Is killed, and nobody has noticed yet. */
        void beginToDie() {
            alive = false;
        }

        /** Dies as by kill -9. */
        void die() {
            events.ended(SandboxEnd.of(137, null, ""));
        }

        /** Dies because it cannot start. */
        void fail(String why) {
            events.ended(SandboxEnd.of(1, why, ""));
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public void giveUp(String why) {
            fail(why);
        }

        @Override
        public void close() {
            die();
        }
    }
}
