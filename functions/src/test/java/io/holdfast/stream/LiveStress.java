package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Subscription;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
