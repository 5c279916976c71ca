package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import redis.clients.jedis.exceptions.JedisConnectionException;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(20)
class DeliveryTest {
    private static final StreamSettings SETTINGS =
            new StreamSettings(Duration.ofDays(1), Duration.ofHours(1), Duration.ofSeconds(5), 10);
    private static final TurnId TURN = new TurnId("turn-1234");
    private static final Fence FENCE = new Fence(1, 1);
    private static final Subscriber ALICE = subscriber("alice");
    private static final Subscriber BOB = subscriber("bob");

    private final InstantSource clock = InstantSource.system();
    private final InMemoryTurnStream stream = new InMemoryTurnStream(SETTINGS);
    private final FakeConnections connections = new FakeConnections();
    private final Delivery delivery = new Delivery(stream, connections, clock, SETTINGS);

    @BeforeEach
    void writeATurn() {
        stream.create(TURN, TurnStream.Beginning.EMPTY, clock.instant());
        stream.open(TURN, FENCE, clock.instant());
        write(25);
    }

    @Test
    void aReplayOfARunningTurnEndsIdleAndLeavesTheLease() {
        assertThat(deliver(attach(ALICE, 0, 0))).containsExactly(new Delivered.Idle(ALICE));
        assertThat(socket(ALICE).chunks()).hasSize(25);
        assertThat(socket(ALICE).ended()).isFalse();
        assertThat(write(1).leased()).containsExactly(new Subscription(ALICE, 0, 25));
    }

    @Test
    void aReplayOfAnEndedTurnEndsWithTheEnd() {
        close();
        assertThat(deliver(attach(ALICE, 0, 0))).containsExactly(new Delivered.Done(ALICE));
        assertThat(socket(ALICE).chunks()).hasSize(26);
        assertThat(socket(ALICE).ended()).isTrue();
        assertThat(socket(ALICE).frames()).hasSize(27);
    }

    @Test
    void sequencesCountFromTheSubscribersBase() {
        deliver(attach(ALICE, 20, 22));
        assertThat(socket(ALICE).frames())
                .extracting(frame -> frame.path("sequence").intValue())
                .containsExactly(2, 3, 4);
        assertThat(socket(ALICE).frames())
                .allSatisfy(
                        frame ->
                                assertThat(frame.path("requestId").asText())
                                        .isEqualTo(ALICE.request().value()));
    }

    @Test
    void aConnectionThatIsGoneIsRemoved() {
        socket(ALICE).vanish();
        assertThat(deliver(attach(ALICE, 0, 0))).containsExactly(new Delivered.Gone(ALICE));
        assertThat(stream.subscribers(TURN)).isEmpty();
    }

    @Test
    void aPostThatFailsLeavesTheCursorAndTheLeaseToRunOut() {
        Subscription alice = attach(ALICE, 0, 10);
        socket(ALICE).fail(true);
        assertThat(deliver(alice)).containsExactly(new Delivered.Failed(ALICE, "on command"));
        assertThat(write(1).leased()).isEmpty();

        socket(ALICE).fail(false);
        TurnStream.Advanced taken = stream.advance(TURN, ALICE, 0, "sweeper", later());
        assertThat(((TurnStream.Advanced.More) taken).entries().getFirst().sequence())
                .isEqualTo(10);
    }

    @Test
    void oneThatBlocksDelaysNobodyElse() {
        socket(ALICE).block();
        Subscription alice = attach(ALICE, 0, 0);
        Subscription bob = attach(BOB, 0, 0);
        Instant before = clock.instant();

        List<Delivered> delivered =
                delivery.deliver(
                        TURN, List.of(alice, bob), "replay", clock.instant().plusMillis(300));

        assertThat(delivered)
                .containsExactly(new Delivered.Unfinished(ALICE, 0, 0), new Delivered.Idle(BOB));
        assertThat(socket(BOB).chunks()).hasSize(25);
        assertThat(Duration.between(before, clock.instant()))
                .isLessThan(Duration.ofMillis(300).plus(Delivery.LAST_POST).plusSeconds(2));
        assertThat(take("next"))
                .as("given back though its post is under way")
                .isEqualTo(new Taken.Some(List.of(alice), 0));

        socket(ALICE).unblock();
        assertThat(delivery.deliver(TURN, List.of(alice), "next", later()))
                .containsExactly(new Delivered.Idle(ALICE));
        assertThat(socket(ALICE).frames()).as("the one under way, and all").hasSize(26);
        assertThat(socket(ALICE).sawGap()).isFalse();
    }

    @Test
    void atTheDeadlineTheCursorIsStoredAndTheLeaseGivenBack() {
        ManualClock manual = new ManualClock();
        Connections slow =
                (connection, frame) -> {
                    manual.advance(Duration.ofSeconds(1));
                    return connections.post(connection, frame);
                };
        stream.attach(TURN, ALICE, 3, 3, "replay", manual.instant());
        Pump pump =
                new Pump(
                        stream,
                        slow,
                        manual,
                        SETTINGS,
                        TURN,
                        new Subscription(ALICE, 3, 3),
                        "replay");
        pump.stopAt(manual.instant().plusSeconds(7));

        assertThat(pump.run()).isEqualTo(new Delivered.Unfinished(ALICE, 3, 10));

        // The next one goes on with those numbers, at once.
        assertThat(
                        new Delivery(stream, connections, manual, SETTINGS)
                                .deliver(
                                        TURN,
                                        List.of(new Subscription(ALICE, 3, 10)),
                                        "next",
                                        manual.instant().plusSeconds(60)))
                .containsExactly(new Delivered.Idle(ALICE));
        assertThat(socket(ALICE).frames()).hasSize(22);
        assertThat(socket(ALICE).sawGap()).isFalse();
    }

    @Test
    void aLongBatchRenewsItsLeaseOnTheWay() {
        ManualClock manual = new ManualClock();
        AtomicInteger stolen = new AtomicInteger();
        Connections slow =
                (connection, frame) -> {
                    manual.advance(Duration.ofSeconds(1));
                    // Another writer appends all the time and would take what has run out.
                    stolen.addAndGet(
                            ((TurnStream.Appended.Written)
                                            stream.append(
                                                    TURN,
                                                    FENCE,
                                                    List.of(),
                                                    null,
                                                    TurnStream.Span.ANY,
                                                    "other",
                                                    Map.of(),
                                                    manual.instant()))
                                    .leased()
                                    .size());
                    return connections.post(connection, frame);
                };
        stream.attach(TURN, ALICE, 0, 0, "replay", manual.instant());
        Pump pump =
                new Pump(
                        stream,
                        slow,
                        manual,
                        SETTINGS,
                        TURN,
                        new Subscription(ALICE, 0, 0),
                        "replay");
        assertThat(pump.run()).isEqualTo(new Delivered.Idle(ALICE));
        assertThat(stolen).hasValue(0);
        assertThat(socket(ALICE).frames()).as("without a duplicate").hasSize(25);
    }

    @Test
    void oneWhomAnotherDeliversToIsLeftAlone() {
        Subscription alice = attach(ALICE, 0, 0);
        stream.attach(TURN, ALICE, 0, 0, "another", clock.instant());
        assertThat(deliver(alice)).containsExactly(new Delivered.Lost(ALICE));
        assertThat(socket(ALICE).frames()).isEmpty();
    }

    @Test
    void anOutageOfTheStreamIsAFailedDelivery() {
        Subscription alice = attach(ALICE, 0, 0);
        stream.breakWith(new JedisConnectionException("refused"));
        assertThat(deliver(alice))
                .containsExactly(new Delivered.Failed(ALICE, "JedisConnectionException"));
    }

    @Test
    void anOutageThatPassesLosesNoPosition() {
        Subscription alice = attach(ALICE, 0, 0);
        // The stream fails once, when the first page of ten is delivered.
        onPost(10, () -> stream.failOnce(new JedisConnectionException("reset")));
        assertThat(deliver(alice))
                .containsExactly(new Delivered.Failed(ALICE, "JedisConnectionException"));
        assertThat(stream.subscribers(TURN)).containsExactly(new Subscription(ALICE, 0, 10));
        assertThat(take("at once")).isEqualTo(new Taken.Some(List.of(), 1));
    }

    @Test
    void anOutageThatLastsCostsDuplicatesAtMost() {
        Subscription alice = attach(ALICE, 0, 0);
        onPost(15, () -> stream.breakWith(new JedisConnectionException("refused")));
        assertThat(deliver(alice))
                .containsExactly(new Delivered.Failed(ALICE, "JedisConnectionException"));
        stream.heal();

        Taken taken = stream.take(TURN, "next", later());
        assertThat(taken).isEqualTo(new Taken.Some(List.of(new Subscription(ALICE, 0, 10)), 0));
        delivery.deliver(TURN, ((Taken.Some) taken).leased(), "next", later());
        assertThat(socket(ALICE).chunks()).hasSize(25);
        assertThat(socket(ALICE).sawGap()).isFalse();
    }

    @Test
    void aStreamThatIsGoneInTheMiddleIsMissingAndTheDeliveryGoesOnWhenItIsRestored() {
        Subscription alice = attach(ALICE, 5, 5);
        onPost(12, stream::forget);
        List<Delivered> delivered = deliver(alice);
        assertThat(delivered).containsExactly(new Delivered.Missing(ALICE, 5, 25));

        createTheTurn(40);
        stream.adopt(TURN, List.of(new Subscription(ALICE, 5, 25)), clock.instant());
        Taken.Some taken = (Taken.Some) take("next");
        assertThat(delivery.deliver(TURN, taken.leased(), "next", later()))
                .containsExactly(new Delivered.Idle(ALICE));
        assertThat(socket(ALICE).chunks()).hasSize(35);
        assertThat(socket(ALICE).frames()).as("without a duplicate").hasSize(35);
    }

    @Test
    void aPostThatFailsWhenTheStreamIsGoneTellsThePosition() {
        Subscription alice = attach(ALICE, 0, 0);
        onPost(
                3,
                () -> {
                    stream.forget();
                    socket(ALICE).fail(true);
                });
        assertThat(deliver(alice)).containsExactly(new Delivered.Missing(ALICE, 0, 3));
    }

    @Test
    void aPostThatIsRefusedForAReasonThatNobodyExpectedLosesNoPosition() {
        Connections refusing =
                (connection, frame) -> {
                    if (socket(ALICE).frames().size() == 4) {
                        throw new IllegalStateException("forbidden");
                    }
                    return connections.post(connection, frame);
                };
        Subscription alice = attach(ALICE, 0, 0);
        assertThat(
                        new Delivery(stream, refusing, clock, SETTINGS)
                                .deliver(TURN, List.of(alice), "replay", later()))
                .containsExactly(new Delivered.Failed(ALICE, "IllegalStateException"));
        assertThat(stream.subscribers(TURN)).containsExactly(new Subscription(ALICE, 0, 4));
    }

    @Test
    void aPostThatFailsAfterItsSubscriberWasGivenBackTakesNothingAgain() {
        Subscription alice = attach(ALICE, 0, 0);
        AtomicReference<Pump> pump = new AtomicReference<>();
        Connections hanging =
                (connection, frame) -> {
                    pump.get().stop();
                    assertThat(pump.get().giveBack())
                            .isEqualTo(new Delivered.Unfinished(ALICE, 0, 0));
                    return new Connections.Posted.Failed("timeout");
                };
        pump.set(new Pump(stream, hanging, clock, SETTINGS, TURN, alice, "replay"));

        assertThat(pump.get().run()).isEqualTo(new Delivered.Unfinished(ALICE, 0, 0));
        assertThat(take("next")).isEqualTo(new Taken.Some(List.of(alice), 0));
    }

    @Test
    void aPostThatWorksAfterItsSubscriberWasGivenBackIsTheLast() {
        Subscription alice = attach(ALICE, 0, 0);
        AtomicReference<Pump> pump = new AtomicReference<>();
        Connections hanging =
                (connection, frame) -> {
                    if (socket(ALICE).frames().size() == 9) {
                        pump.get().stop();
                        var _ = pump.get().giveBack();
                    }
                    return connections.post(connection, frame);
                };
        pump.set(new Pump(stream, hanging, clock, SETTINGS, TURN, alice, "replay"));

        // It was the last of its page.
        assertThat(pump.get().run()).isEqualTo(new Delivered.Unfinished(ALICE, 0, 10));
        assertThat(take("next"))
                .isEqualTo(new Taken.Some(List.of(new Subscription(ALICE, 0, 9)), 0));
    }

    /** Does something when a given number of frames has come to Alice. */
    private void onPost(int count, Runnable then) {
        socket(ALICE).whenItHas(count, then);
    }

    private Taken take(String holder) {
        return stream.take(TURN, holder, clock.instant());
    }

    private void createTheTurn(int chunks) {
        stream.create(
                TURN,
                new TurnStream.Beginning(
                        TurnStatus.RUNNING,
                        Collections.nCopies(chunks, "{\"type\":\"start-step\"}"),
                        1,
                        0),
                clock.instant());
    }

    private List<Delivered> deliver(Subscription... leased) {
        return delivery.deliver(TURN, List.of(leased), "replay", clock.instant().plusSeconds(10));
    }

    private Subscription attach(Subscriber subscriber, long base, long cursor) {
        stream.attach(TURN, subscriber, base, cursor, "replay", clock.instant());
        return new Subscription(subscriber, base, cursor);
    }

    private TurnStream.Appended.Written write(int count) {
        List<String> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chunks.add("{\"type\":\"start-step\"}");
        }
        return (TurnStream.Appended.Written)
                stream.append(
                        TURN,
                        FENCE,
                        chunks,
                        null,
                        TurnStream.Span.ANY,
                        "writer",
                        Map.of(),
                        clock.instant());
    }

    private void close() {
        stream.close(
                TURN,
                TurnStatus.COMPLETED,
                List.of("{\"type\":\"finish-step\"}"),
                "finish",
                clock.instant());
    }

    private Instant later() {
        return clock.instant().plus(SETTINGS.lease());
    }

    private FakeConnections.Socket socket(Subscriber subscriber) {
        return connections.socket(subscriber.connection());
    }

    private static Subscriber subscriber(String name) {
        return new Subscriber(new ConnectionId(name), new RequestId("of-" + name));
    }
}
