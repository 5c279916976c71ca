package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnWriter.State;
import io.holdfast.stream.TurnWriter.Written;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import redis.clients.jedis.exceptions.JedisConnectionException;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The time of windows and leases passes on command; posts take their own threads. */
@Timeout(20)
class TurnWriterTest {
    private static final StreamSettings SETTINGS =
            new StreamSettings(Duration.ofDays(1), Duration.ofHours(1), Duration.ofSeconds(5), 50);
    private static final TurnId TURN = new TurnId("turn-1234");
    private static final Fence FENCE = new Fence(1, 1);
    private static final Subscriber ALICE = subscriber("alice");
    private static final Subscriber BOB = subscriber("bob");

    private final ManualClock clock = new ManualClock();
    private final InMemoryTurnStream stream = new InMemoryTurnStream(SETTINGS);
    private final FakeConnections connections = new FakeConnections();
    private int names;
    private final Delivery delivery = new Delivery(stream, connections, clock, SETTINGS);

    @BeforeEach
    void createTheTurn() {
        stream.create(TURN, TurnStream.Beginning.EMPTY, clock.instant());
        follow(ALICE);
    }

    @Test
    void aStandardTurnCostsAtMostSixtyPosts() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.Start("m", null), new Chunk.StartStep());
            writer.write(new Chunk.TextStart("t"));
            for (int token = 0; token < 400; token++) {
                writer.write(text("token "));
                clock.advance(Duration.ofMillis(20));
            }
            writer.write(
                    new Chunk.TextEnd("t"),
                    new Chunk.FinishStep(),
                    new Chunk.Finish(FinishReason.STOP, null));
        }
        finish();

        assertThat(socket(ALICE).frames()).hasSizeBetween(40, 60);
        assertThat(socket(ALICE).text()).isEqualTo("token ".repeat(400));
        assertThat(socket(ALICE).ended()).isTrue();
        assertThat(socket(ALICE).sawGap()).isFalse();
    }

    @Test
    void aWriteOutIsOneRoundTripDeliveryIncluded() {
        Map<String, Integer> calls = new ConcurrentHashMap<>();
        TurnStream counted =
                (TurnStream)
                        Proxy.newProxyInstance(
                                TurnStream.class.getClassLoader(),
                                new Class<?>[] {TurnStream.class},
                                (proxy, method, arguments) -> {
                                    calls.merge(method.getName(), 1, Integer::sum);
                                    return method.invoke(stream, arguments);
                                });
        Delivery over = new Delivery(counted, connections, clock, SETTINGS);
        try (TurnWriter writer =
                TurnWriter.open(
                        over,
                        clock,
                        CoalesceSettings.DEFAULT,
                        TURN,
                        FENCE,
                        "writer",
                        Reservation.NONE)) {
            writer.write(new Chunk.StartStep(), new Chunk.TextStart("t"));
            for (int i = 0; i < 30; i++) {
                writer.write(text("x"));
                clock.advance(Duration.ofMillis(200));
            }
        }
        assertThat(socket(ALICE).text()).hasSize(30);
        assertThat(calls).isEqualTo(Map.of("open", 1, "append", 31, "advance", 1));
    }

    @Test
    void aDeltaNeverWaitsLongerThanTheWindowThoughNothingFollows() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.TextStart("t"), text("first"));
            assertThat(written()).hasSize(2);
            writer.write(text("second"));
            clock.advance(Duration.ofMillis(59));
            assertThat(written()).hasSize(2);
            clock.advance(Duration.ofMillis(1));
            assertThat(written()).last().isEqualTo(text("second"));
        }
    }

    @Test
    void aSubscriberSeesChunksWhileTheTurnIsWritten() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.TextStart("t"), text("hello"));
            await().until(() -> socket(ALICE).text().equals("hello"));
            follow(BOB);
            writer.write(new Chunk.TextEnd("t"));
            await().until(() -> socket(BOB).chunks().size() == 3);
        }
    }

    @Test
    void openTellsWhetherTheStepHasBegun() {
        try (TurnWriter writer = open(FENCE)) {
            assertThat(writer.opened()).isEqualTo(new Opened.Claimed(0, 0));
            writer.write(new Chunk.Start("m", null), new Chunk.StartStep());
            writer.write(new Chunk.TextStart("t"), text("half"));
        }
        try (TurnWriter successor = open(new Fence(1, 2))) {
            assertThat(successor.opened()).isEqualTo(new Opened.Claimed(4, 1));
        }
    }

    @Test
    void aCancelledTurnStopsItsWriter() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.TextStart("t"), text("a"));
            stream.close(TURN, TurnStatus.CANCELLED, List.of(), "tab", clock.instant());

            assertThat(writer.write(text("b"))).isEqualTo(new State.Writing());
            clock.advance(Duration.ofMillis(170));
            assertThat(writer.write(text("c"))).isEqualTo(new State.Ended(TurnStatus.CANCELLED));
            assertThat(writer.flush()).isEqualTo(new State.Ended(TurnStatus.CANCELLED));
        }
        assertThat(written()).hasSize(2);
    }

    @Test
    void aWriterThatWasSucceededWritesNothingMore() {
        try (TurnWriter zombie = open(FENCE)) {
            zombie.write(new Chunk.TextStart("t"), text("a"));
            Fence newer = new Fence(1, 2);
            try (TurnWriter successor = open(newer)) {
                successor.write(new Chunk.ResetStep());
            }
            assertThat(zombie.write(new Chunk.TextEnd("t"))).isEqualTo(new State.Outdated(newer));
        }
        assertThat(written()).last().isEqualTo(new Chunk.ResetStep());
    }

    @Test
    void aWriterThatComesTooLateIsToldSoAtOnce() {
        stream.open(TURN, new Fence(2, 1), clock.instant());
        try (TurnWriter writer = open(FENCE)) {
            assertThat(writer.write(new Chunk.StartStep()))
                    .isEqualTo(new State.Outdated(new Fence(2, 1)));
        }
        assertThat(written()).isEmpty();
    }

    @Test
    void aForgottenStreamIsMissing() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.StartStep());
            stream.forget();
            assertThat(writer.write(new Chunk.FinishStep())).isEqualTo(new State.Missing());
        }
    }

    @Test
    void aStreamThatIsMissingWhenItOpensIsRestoredAndOpenedAgain() {
        stream.forget();
        try (TurnWriter writer = open(FENCE)) {
            assertThat(writer.opened()).isEqualTo(new Opened.Missing());
            assertThat(writer.write(new Chunk.StartStep())).isEqualTo(new State.Missing());
            assertThat(writer.flush()).isEqualTo(new State.Missing());
            assertThat(writer.written()).isEqualTo(new Written(0, List.of()));
        }
        stream.create(TURN, TurnStream.Beginning.EMPTY, clock.instant());
        try (TurnWriter writer = open(FENCE)) {
            assertThat(writer.opened()).isEqualTo(new Opened.Claimed(0, 0));
            assertThat(writer.write(new Chunk.StartStep())).isEqualTo(new State.Writing());
        }
    }

    @Test
    void aStreamThatLostItsNewestChunksIsMissingToItsWriter() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.StartStep());
            writer.write(new Chunk.FinishStep());
            stream.loseNewest(TURN, 1);
            assertThat(writer.write(new Chunk.StartStep())).isEqualTo(new State.Missing());
            assertThat(writer.bound()).isEqualTo(2);
        }
        assertThat(stream.open(TURN, FENCE, clock.instant())).isEqualTo(new Opened.Missing());
    }

    @Test
    void itKnowsExactlyWhatItHasWritten() {
        stream.open(TURN, FENCE, clock.instant());
        append("before", "{}", "{}");
        TurnWriter writer = open(FENCE);
        assertThat(writer.written()).isEqualTo(new Written(2, List.of()));
        assertThat(writer.bound()).isEqualTo(2);

        writer.write(new Chunk.StartStep());
        append("tool", "{}");
        writer.write(new Chunk.TextStart("t"), text("a"));
        writer.write(text("b"));
        assertThat(writer.written().chunks()).as("what waits is not written").hasSize(3);
        writer.close();

        List<TurnStream.Entry> entries = stream.read(TURN, 0);
        assertThat(writer.written())
                .isEqualTo(
                        new Written(
                                2,
                                IntStream.of(2, 4, 5, 6)
                                        .mapToObj(at -> entries.get(at).chunk())
                                        .toList()));
        assertThat(writer.bound()).isEqualTo(7);
    }

    @Test
    void whatItWroteFirstIsFoundThoughAnotherWroteBeforeIt() {
        try (TurnWriter writer = open(FENCE)) {
            append("tool", "{}", "{}");
            writer.write(new Chunk.StartStep());
            assertThat(writer.written().first()).isEqualTo(2);
        }
    }

    @Test
    void itsBoundHoldsThoughAnAppendFailedThatWasWritten() {
        TurnStream answersLost =
                intercepted(
                        (method, call) -> {
                            Object answer = call.get();
                            if (method.equals("append") && stream.read(TURN, 0).size() > 1) {
                                throw new JedisConnectionException("reset");
                            }
                            return answer;
                        });
        try (TurnWriter writer = open(answersLost, Reservation.NONE)) {
            writer.write(new Chunk.StartStep());
            assertThatThrownBy(() -> writer.write(new Chunk.TextStart("t"), text("a")))
                    .isInstanceOf(PublishFailedException.class);
            assertThat(writer.written().chunks()).hasSize(1);
            assertThat(writer.bound()).isEqualTo(3).isEqualTo(stream.read(TURN, 0).size());
        }
    }

    @Test
    void roomIsReservedBeforeItIsUsed() {
        FakeReservation reservation = new FakeReservation(2, 3);
        try (TurnWriter writer = open(stream, reservation)) {
            writer.write(new Chunk.Start("m", null), new Chunk.StartStep());
            assertThat(reservation.asked).isEmpty();
            writer.write(new Chunk.TextStart("t"), text("a"));
            assertThat(reservation.asked).containsExactly(4L);
            writer.write(new Chunk.TextEnd("t"), new Chunk.FinishStep());
            assertThat(reservation.asked).as("there was room for seven").containsExactly(4L);
            writer.write(new Chunk.StartStep(), new Chunk.FinishStep());
            assertThat(reservation.asked).containsExactly(4L, 8L);
            assertThat(written()).hasSize(8);
        }
    }

    @Test
    void aReservationThatFailsIsAFailedPublishAndNothingIsWritten() {
        FakeReservation reservation = new FakeReservation(1, 0);
        try (TurnWriter writer = open(stream, reservation)) {
            writer.write(new Chunk.StartStep());
            reservation.failure = new IllegalStateException("throttled");
            assertThatThrownBy(() -> writer.write(new Chunk.FinishStep()))
                    .isInstanceOf(PublishFailedException.class)
                    .hasCause(reservation.failure);
            assertThat(writer.bound()).isEqualTo(1);
        }
        assertThat(written()).hasSize(1);
    }

    @Test
    void aReservationThatMakesNoRoomIsAFailedPublish() {
        FakeReservation reservation = new FakeReservation(0, -1);
        try (TurnWriter writer = open(stream, reservation)) {
            assertThatThrownBy(() -> writer.write(new Chunk.StartStep()))
                    .isInstanceOf(PublishFailedException.class);
        }
        assertThat(written()).isEmpty();
    }

    @Test
    void writersSideBySideKeepWithinTheRoomThatTheyShare() {
        FakeReservation reservation = new FakeReservation(3, 0);
        try (TurnWriter one = open(stream, reservation);
                TurnWriter other = open(stream, reservation)) {
            one.write(new Chunk.StartStep());
            one.write(new Chunk.FinishStep());
            // It knows of none of these, and believes that there is room.
            other.write(new Chunk.StartStep(), new Chunk.FinishStep());
            assertThat(reservation.asked).containsExactly(4L);
            assertThat(written()).hasSize(4);
            assertThat(other.written().first()).isEqualTo(2);
            assertThat(other.bound()).isEqualTo(4);
        }
    }

    @Test
    void aFailedPublishIsThrownAndTheWriterIsOfNoMoreUse() {
        try (TurnWriter writer = open(FENCE)) {
            stream.breakWith(new JedisConnectionException("refused"));
            assertThatThrownBy(() -> writer.write(new Chunk.StartStep()))
                    .isInstanceOf(PublishFailedException.class)
                    .hasCauseInstanceOf(JedisConnectionException.class);
            stream.heal();
            assertThatThrownBy(() -> writer.write(new Chunk.FinishStep()))
                    .isInstanceOf(PublishFailedException.class);
        }
        assertThat(written()).isEmpty();
    }

    @Test
    void aPublishThatFailedInTheBackgroundIsThrownByTheNextCall() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.TextStart("t"), text("a"));
            writer.write(text("b"));
            stream.breakWith(new JedisConnectionException("refused"));
            clock.advance(Duration.ofSeconds(1));
            assertThatThrownBy(writer::flush).isInstanceOf(PublishFailedException.class);
        }
    }

    @Test
    void aPublishThatFailedInTheBackgroundIsThrownByTheCloseAtTheLatest() {
        TurnWriter writer = open(FENCE);
        writer.write(new Chunk.TextStart("t"), text("a"));
        writer.write(text("b"));
        stream.breakWith(new JedisConnectionException("refused"));
        assertThatThrownBy(writer::close).isInstanceOf(PublishFailedException.class);
    }

    @Test
    void closeWritesWhatWaitsAndGivesTheLeasesBack() {
        TurnWriter writer = open(FENCE);
        writer.write(new Chunk.TextStart("t"), text("a"));
        writer.write(text("b"));
        assertThat(writer.close(Duration.ofSeconds(5)))
                .allSatisfy(one -> assertThat(one).isEqualTo(new Delivered.Idle(ALICE)));

        assertThat(socket(ALICE).text()).isEqualTo("ab");
        assertThat(append("other").leased()).containsExactly(new Subscription(ALICE, 0, 3));
        assertThatThrownBy(() -> writer.write(text("c"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSlowSubscriberDelaysNeitherTheWriterNorTheOthers() {
        follow(BOB);
        socket(ALICE).block();
        TurnWriter writer = open(FENCE);
        writer.write(new Chunk.TextStart("t"));
        int deltas = 3 * LivePump.BUFFER;
        for (int i = 0; i < deltas; i++) {
            writer.write(text("x"));
            clock.advance(Duration.ofMillis(200));
        }
        await().until(() -> socket(BOB).text().length() == deltas);
        assertThat(socket(ALICE).frames()).isEmpty();

        socket(ALICE).unblock();
        await().until(() -> socket(ALICE).text().length() == deltas);
        writer.close();
        assertThat(socket(ALICE).sawGap()).isFalse();
        assertThat(socket(BOB).sawGap()).isFalse();
        assertThat(socket(BOB).frames()).as("without a duplicate").hasSize(deltas + 1);
    }

    @Test
    void aCloseWaitsForNobodyWhoHangs() {
        List<Subscriber> healthy = subscribers("healthy", 40);
        List<Subscriber> hanging = subscribers("hanging", 10);
        hanging.forEach(one -> socket(one).block());
        TurnWriter writer = open(FENCE);
        writer.write(new Chunk.StartStep());
        writer.write(new Chunk.TextStart("t"), text("a"));
        writer.write(new Chunk.TextEnd("t"));
        await().until(() -> healthy.stream().allMatch(one -> socket(one).chunks().size() == 4));
        await().until(() -> socket(ALICE).chunks().size() == 4);

        long before = System.nanoTime();
        List<Delivered> settled = writer.close(Duration.ofSeconds(1));
        Duration took = Duration.ofNanos(System.nanoTime() - before);

        assertThat(took).isLessThan(Duration.ofMillis(1500));
        assertThat(settled)
                .filteredOn(Delivered.Unfinished.class::isInstance)
                .extracting(Delivered::subscriber)
                .containsExactlyInAnyOrderElementsOf(hanging);
        assertThat(settled).filteredOn(Delivered.Idle.class::isInstance).hasSize(41);

        // At once, and no lease is in the way.
        assertThat(append("other").leased())
                .extracting(Subscription::subscriber)
                .containsAll(hanging);
        hanging.forEach(one -> socket(one).unblock());
        await().until(() -> hanging.stream().allMatch(one -> socket(one).chunks().size() == 1));
        stream.subscribers(TURN).stream()
                .filter(one -> hanging.contains(one.subscriber()))
                .forEach(one -> assertThat(one.cursor()).isEqualTo(0));
        assertThat(hanging).allSatisfy(one -> assertThat(socket(one).frames()).hasSize(1));
    }

    @Test
    void aCloseAsksAStreamThatDoesNotAnswerOnlyOnce() {
        List<Subscriber> hanging = subscribers("hanging", 10);
        hanging.forEach(one -> socket(one).block());
        AtomicInteger releases = new AtomicInteger();
        TurnStream refusing =
                intercepted(
                        (method, call) -> {
                            if (method.equals("release")) {
                                releases.incrementAndGet();
                                throw new JedisConnectionException("refused");
                            }
                            return call.get();
                        });
        TurnWriter writer = open(refusing, Reservation.NONE);
        writer.write(new Chunk.StartStep());
        List<Delivered> settled = writer.close(TurnWriter.SETTLE_LIMIT);

        assertThat(releases).hasValue(1);
        assertThat(settled)
                .contains(new Delivered.Unfinished(hanging.getFirst(), 0, 0))
                .filteredOn(Delivered.Unfinished.class::isInstance)
                .hasSize(10);
        hanging.forEach(one -> socket(one).unblock());
    }

    @Test
    void aStreamThatIsForgottenIsMissingToItsPumps() {
        TurnWriter writer = open(FENCE);
        writer.write(new Chunk.StartStep());
        await().until(() -> socket(ALICE).chunks().size() == 1);
        stream.forget();
        assertThat(writer.close(Duration.ofSeconds(5)))
                .containsExactly(new Delivered.Missing(ALICE, 0, 1));
    }

    @Test
    void aConnectionThatVanishesIsForgotten() {
        socket(ALICE).vanish();
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.StartStep());
            await().until(() -> lostOrGone(ALICE));
            assertThat(writer.write(new Chunk.FinishStep())).isEqualTo(new State.Writing());
        }
        clock.advance(SETTINGS.lease());
        assertThat(append("other").leased()).isEmpty();
    }

    @Test
    void aSubscriberWhosePostsFailIsTriedAgainWhenItsLeaseHasRunOut() {
        socket(ALICE).fail(true);
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.StartStep());
            writer.close(Duration.ofSeconds(5));
        }
        socket(ALICE).fail(false);
        clock.advance(SETTINGS.lease());
        try (TurnWriter writer = open(new Fence(2, 1))) {
            writer.write(new Chunk.FinishStep());
        }
        assertThat(socket(ALICE).chunks()).hasSize(2);
        assertThat(socket(ALICE).sawGap()).isFalse();
    }

    @Test
    void chunksThatAnotherWriterPutInBetweenAreDeliveredInTheirPlace() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.StartStep());
            append("tool", ChunkJson.write(new Chunk.TextStart("of the tool")));
            writer.write(new Chunk.FinishStep());
        }
        assertThat(socket(ALICE).chunks())
                .extracting(chunk -> chunk.path("type").asText())
                .containsExactly("start-step", "text-start", "finish-step");
        assertThat(socket(ALICE).sawGap()).isFalse();
    }

    @Test
    void aSilentWriterGivesItsSubscribersBackSoThatOthersCanDeliver() {
        try (TurnWriter writer = open(FENCE)) {
            writer.write(new Chunk.StartStep());
            await().until(() -> socket(ALICE).chunks().size() == 1);
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(
                            () ->
                                    assertThat(append("tool").leased())
                                            .containsExactly(new Subscription(ALICE, 0, 1)));
        }
    }

    @Test
    void theMarksOfItsPumpsGoAlongWithTheNextAppend() {
        TurnWriter writer = open(FENCE);
        writer.write(new Chunk.StartStep());
        writer.write(new Chunk.TextStart("t"), text("a"));
        // When the second is there, the first is known to be.
        await().until(() -> socket(ALICE).chunks().size() >= 2);
        writer.write(new Chunk.FinishStep());

        TurnStream.Closed closed =
                stream.close(TURN, TurnStatus.CANCELLED, List.of(), "finish", clock.instant());

        Subscription alice = ((TurnStream.Closed.Won) closed).leased().getFirst();
        assertThat(alice.cursor()).isBetween(1L, 3L);
        writer.close();
    }

    private boolean lostOrGone(Subscriber subscriber) {
        return stream.advance(TURN, subscriber, 0, "asks", clock.instant().plusSeconds(60))
                instanceof TurnStream.Advanced.Lost;
    }

    private TurnWriter open(Fence fence) {
        return TurnWriter.open(
                delivery,
                clock,
                CoalesceSettings.DEFAULT,
                TURN,
                fence,
                "writer " + fence,
                Reservation.NONE);
    }

    private TurnWriter open(TurnStream over, Reservation reservation) {
        return TurnWriter.open(
                new Delivery(over, connections, clock, SETTINGS),
                clock,
                CoalesceSettings.DEFAULT,
                TURN,
                FENCE,
                "writer " + names++,
                reservation);
    }

    /** The stream, with something in the way of every call. */
    private TurnStream intercepted(BiFunction<String, Supplier<Object>, Object> by) {
        return (TurnStream)
                Proxy.newProxyInstance(
                        TurnStream.class.getClassLoader(),
                        new Class<?>[] {TurnStream.class},
                        (proxy, method, arguments) ->
                                by.apply(
                                        method.getName(),
                                        () -> {
                                            try {
                                                return method.invoke(stream, arguments);
                                            } catch (ReflectiveOperationException e) {
                                                throw new LinkageError(method.getName(), e);
                                            }
                                        }));
    }

    private List<Subscriber> subscribers(String name, int count) {
        List<Subscriber> all =
                IntStream.range(0, count).mapToObj(i -> subscriber(name + i)).toList();
        all.forEach(this::follow);
        return all;
    }

    /** Makes more room than is asked for, or less. */
    private static final class FakeReservation implements Reservation {
        private final List<Long> asked = new ArrayList<>();
        private final long extra;
        private long limit;
        private @Nullable RuntimeException failure;

        FakeReservation(long limit, long extra) {
            this.limit = limit;
            this.extra = extra;
        }

        @Override
        public long limit() {
            return limit;
        }

        @Override
        public long extend(long atLeast) {
            if (failure != null) {
                throw failure;
            }
            asked.add(atLeast);
            limit = atLeast + extra;
            return limit;
        }
    }

    private void follow(Subscriber subscriber) {
        stream.attach(TURN, subscriber, 0, 0, "attach", clock.instant());
        stream.release(TURN, subscriber, 0, "attach");
    }

    private TurnStream.Appended.Written append(String holder, String... chunks) {
        return (TurnStream.Appended.Written)
                stream.append(
                        TURN,
                        FENCE,
                        List.of(chunks),
                        null,
                        TurnStream.Span.ANY,
                        holder,
                        Map.of(),
                        clock.instant());
    }

    private void finish() {
        TurnStream.Closed closed =
                stream.close(TURN, TurnStatus.COMPLETED, List.of(), "finish", clock.instant());
        delivery.deliver(
                TURN,
                ((TurnStream.Closed.Won) closed).leased(),
                "finish",
                clock.instant().plusSeconds(10));
    }

    private List<Chunk> written() {
        return stream.read(TURN, 0).stream().map(entry -> ChunkJson.read(entry.chunk())).toList();
    }

    private FakeConnections.Socket socket(Subscriber subscriber) {
        return connections.socket(subscriber.connection());
    }

    private static Chunk.TextDelta text(String delta) {
        return new Chunk.TextDelta("t", delta);
    }

    private static Subscriber subscriber(String name) {
        return new Subscriber(new ConnectionId(name), new RequestId("of-" + name));
    }
}
