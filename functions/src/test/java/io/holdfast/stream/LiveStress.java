package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * Real threads at once: a writer, its abandoned forerunners, replays, slow and failing subscribers,
 * leases short enough to run out all the time.
 */
public final class LiveStress {
    /** Leases that a slow post outlasts, and small pages. */
    public static final StreamSettings SETTINGS =
            new StreamSettings(Duration.ofDays(1), Duration.ofHours(1), Duration.ofMillis(60), 20);

    private static final CoalesceSettings FAST =
            new CoalesceSettings(Duration.ofMillis(1), Duration.ofMillis(4), 1.5, 64);

    private final TurnId turn = new TurnId("turn-" + UUID.randomUUID());
    private final InstantSource clock = InstantSource.system();
    private final FakeConnections connections = new FakeConnections();
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final ScheduledExecutorService scheduler;
    private final TurnStream stream;
    private final Delivery delivery;

    private LiveStress(TurnStream stream, ScheduledExecutorService scheduler) {
        this.stream = stream;
        this.scheduler = scheduler;
        this.delivery = new Delivery(stream, connections, clock, SETTINGS);
    }

    /** Plays it on a stream of these {@link #SETTINGS}; takes some seconds. */
    public static void play(TurnStream stream) {
        try (ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor()) {
            new LiveStress(stream, scheduler).everyoneGetsEverythingInOrder();
        }
    }

    /**
     * Plays a writer without subscribers, then one with fifty of which some hang, some are gone and
     * some are throttled; takes some seconds.
     */
    public static void playWithTheSlow(TurnStream stream) {
        try (ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor()) {
            long[] alone = new LiveStress(stream, scheduler).appendTimesAmong(0);
            long[] among = new LiveStress(stream, scheduler).appendTimesAmong(50);
            // Far above what an append takes, far below what any of the slow would cost.
            assertThat(millisAt(among, 50)).isLessThan(millisAt(alone, 50) + 10);
            assertThat(millisAt(among, 95)).isLessThan(millisAt(alone, 95) + 50);
            assertThat(millisAt(among, 100)).isLessThan(1_000);
        }
    }

    /** Nanoseconds of each append, sorted; also checks that everyone gets everything after all. */
    private long[] appendTimesAmong(int count) {
        List<Subscriber> subscribers = new ArrayList<>();
        stream.create(turn, TurnStream.Beginning.EMPTY, clock.instant());
        for (int i = 0; i < count; i++) {
            Subscriber subscriber = new Subscriber(new ConnectionId("c" + i), new RequestId("r"));
            subscribers.add(subscriber);
            stream.adopt(turn, List.of(new Subscription(subscriber, 0, 0)), clock.instant());
            switch (i % 5) {
                case 0 -> socket(subscriber).block();
                case 1 -> socket(subscriber).vanish();
                // As a post that is tried again: it takes long and then works, or fails.
                case 2 -> socket(subscriber).lag(Duration.ofMillis(200));
                default -> {}
            }
        }
        long[] times = new long[300];
        TurnWriter writer =
                TurnWriter.open(
                        delivery,
                        scheduler,
                        FAST,
                        turn,
                        new Fence(1, 1),
                        "writer",
                        Reservation.NONE);
        for (int i = 0; i < times.length; i++) {
            subscribers.stream()
                    .filter(one -> random.nextInt(200) == 0)
                    .forEach(one -> socket(one).fail(random.nextBoolean()));
            long before = System.nanoTime();
            writer.write(i == 0 ? new Chunk.StartStep() : new Chunk.ResetStep());
            times[i] = System.nanoTime() - before;
            LockSupport.parkNanos(random.nextLong(3_000_000));
        }
        Arrays.sort(times);

        long before = System.nanoTime();
        writer.close();
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isLessThan(TurnWriter.SETTLE_LIMIT.plusMillis(500));
        subscribers.forEach(
                one -> {
                    socket(one).unblock();
                    socket(one).fail(false);
                    socket(one).lag(Duration.ZERO);
                });
        stream.close(turn, TurnStatus.COMPLETED, List.of(), "nobody", clock.instant());
        finish();
        assertThat(subscribers)
                .filteredOn(one -> !socket(one).isGone())
                .hasSize(count - count / 5)
                .allSatisfy(
                        one -> {
                            assertThat(socket(one).sawGap()).as("%s saw a gap", one).isFalse();
                            assertThat(socket(one).chunks()).hasSize(times.length);
                            assertThat(socket(one).ended()).isTrue();
                        });
        return times;
    }

    /** Takes and delivers until nobody lacks anything and nobody is held. */
    private void finish() {
        await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> {
                            Taken.Some taken =
                                    (Taken.Some) stream.take(turn, "finish", clock.instant());
                            delivery.deliver(
                                    turn,
                                    taken.leased(),
                                    "finish",
                                    clock.instant().plusSeconds(10));
                            return taken.leased().isEmpty() && taken.held() == 0;
                        });
    }

    private static long millisAt(long[] sorted, int percent) {
        int at = Math.min(sorted.length - 1, sorted.length * percent / 100);
        return Duration.ofNanos(sorted[at]).toMillis();
    }

    private void everyoneGetsEverythingInOrder() {
        List<Subscriber> subscribers = new ArrayList<>();
        List<TurnWriter> abandoned = new ArrayList<>();
        stream.create(turn, TurnStream.Beginning.EMPTY, clock.instant());
        for (int attempt = 1; attempt <= 15; attempt++) {
            TurnWriter writer =
                    TurnWriter.open(
                            delivery,
                            scheduler,
                            FAST,
                            turn,
                            new Fence(1, attempt),
                            "writer" + attempt,
                            Reservation.NONE);
            writer.write(attempt == 1 ? new Chunk.StartStep() : new Chunk.ResetStep());
            writer.write(new Chunk.TextStart("t"));
            for (int i = 0; i < 120; i++) {
                writer.write(new Chunk.TextDelta("t", "word" + i + " "));
                if (i % 40 == 20) {
                    subscribers.add(subscribe("s" + subscribers.size()));
                }
                LockSupport.parkNanos(random.nextLong(400_000));
            }
            if (attempt % 3 == 0) {
                writer.close();
            } else {
                abandoned.add(writer);
            }
        }
        stream.close(
                turn,
                TurnStatus.COMPLETED,
                List.of("{\"type\":\"finish-step\"}"),
                "finish",
                clock.instant());
        int total = total();
        assertThat(abandoned).hasSize(10);

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> {
                            // A sweeper, as long as someone's lease runs out.
                            sweep(subscribers);
                            assertThat(subscribers)
                                    .allSatisfy(
                                            one ->
                                                    assertThat(socket(one).ended())
                                                            .as(one.toString())
                                                            .isTrue());
                        });
        assertThat(subscribers)
                .hasSize(45)
                .allSatisfy(
                        one -> {
                            assertThat(socket(one).sawGap()).as("%s saw a gap", one).isFalse();
                            assertThat(socket(one).chunks()).hasSize(total);
                        });
    }

    private Subscriber subscribe(String name) {
        Subscriber subscriber = new Subscriber(new ConnectionId(name), new RequestId(name));
        switch (random.nextInt(4)) {
            case 0 -> socket(subscriber).lag(Duration.ofMillis(3));
            case 1 -> {
                socket(subscriber).lag(Duration.ofNanos(500_000));
                socket(subscriber).fail(true);
                var _ =
                        scheduler.schedule(
                                () -> socket(subscriber).fail(false), 30, TimeUnit.MILLISECONDS);
            }
            default -> {}
        }
        stream.attach(turn, subscriber, 0, 0, "replay", clock.instant());
        Thread.ofVirtual()
                .start(
                        () ->
                                delivery.deliver(
                                        turn,
                                        List.of(new Subscription(subscriber, 0, 0)),
                                        "replay",
                                        clock.instant().plusMillis(random.nextInt(100))));
        return subscriber;
    }

    private void sweep(List<Subscriber> subscribers) {
        List<Subscription> left =
                subscribers.stream()
                        .filter(one -> !socket(one).ended())
                        .map(one -> new Subscription(one, 0, 0))
                        .toList();
        delivery.deliver(turn, left, "sweeper", clock.instant().plusSeconds(5));
    }

    private int total() {
        int total = 0;
        while (true) {
            int more = stream.read(turn, total).size();
            if (more == 0) {
                return total;
            }
            total += more;
        }
    }

    private FakeConnections.Socket socket(Subscriber subscriber) {
        return connections.socket(subscriber.connection());
    }
}
