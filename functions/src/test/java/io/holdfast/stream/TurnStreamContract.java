package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.InMemoryTurnStream.Part;
import io.holdfast.stream.TurnStream.Advanced;
import io.holdfast.stream.TurnStream.Appended;
import io.holdfast.stream.TurnStream.Attached;
import io.holdfast.stream.TurnStream.Beginning;
import io.holdfast.stream.TurnStream.Closed;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Paused;
import io.holdfast.stream.TurnStream.Span;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;
import io.holdfast.stream.TurnStream.Unpaused;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/** What every {@link TurnStream} does, whatever it is made of. */
public abstract class TurnStreamContract {
    protected static final StreamSettings SETTINGS =
            new StreamSettings(Duration.ofHours(24), Duration.ofHours(1), Duration.ofSeconds(5), 4);

    protected static final Fence FIRST = new Fence(1, 1);
    protected static final Subscriber ALICE = subscriber("alice");
    protected static final Subscriber BOB = subscriber("bob");
    protected static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LEASE_OVER = NOW.plus(SETTINGS.lease());

    protected final TurnId turn = new TurnId("turn-" + UUID.randomUUID());
    protected final TurnStream stream;

    /** Tests a stream of these {@link #SETTINGS}. */
    protected TurnStreamContract(TurnStream stream) {
        this.stream = stream;
    }

    /** Loses the turn, as a Redis does that is restarted. */
    protected abstract void forget();

    /** Loses one part of the turn, as a Redis does that evicts a key. */
    protected abstract void lose(Part part);

    /** Loses the newest entry, as a Redis does whose replica lagged when it took over. */
    protected abstract void loseNewest();

    protected static Subscriber subscriber(String name) {
        return new Subscriber(new ConnectionId(name + "="), new RequestId("request/of/" + name));
    }

    @BeforeEach
    void claimTheTurn() {
        assertThat(stream.create(turn, Beginning.EMPTY, NOW)).isTrue();
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Claimed(0, 0));
    }

    // create

    @Test
    void createMakesAStreamThatBeginsWithChunks() {
        forget();
        assertThat(stream.create(turn, running(2, "a", "b", "c"), NOW)).isTrue();
        assertThat(stream.read(turn, 0))
                .containsExactly(new Entry(0, "a"), new Entry(1, "b"), new Entry(2, "c"));
        assertThat(stream.open(turn, new Fence(2, 1), NOW)).isEqualTo(new Opened.Claimed(3, 2));
        assertThat(written(append(new Fence(2, 1), "d")).next()).isEqualTo(4);
    }

    @Test
    void createLeavesAStreamThatIsThereAsItIs() {
        append(FIRST, "a");
        attach(ALICE, 0, "replay");
        assertThat(stream.create(turn, running(7, "x", "y"), NOW)).isFalse();
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Claimed(1, 0));
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(false, 0, "a"));

        close();
        assertThat(stream.create(turn, running(7, "x", "y"), NOW)).isFalse();
        assertThat(stream.open(turn, FIRST, NOW))
                .isEqualTo(new Opened.Ended(TurnStatus.COMPLETED, 1));
    }

    @ParameterizedTest
    @EnumSource
    void aStreamThatIsNotWholeIsMissingForAllAndIsReplaced(Part lost) {
        append(FIRST, "a", "b");
        attach(ALICE, 0, "replay");
        lose(lost);

        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Missing());
        assertThat(append(FIRST, "c")).isEqualTo(new Appended.Missing());
        assertThat(stream.attach(turn, BOB, 0, 0, "replay", NOW)).isEqualTo(new Attached.Missing());
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(new Advanced.Missing());
        assertThat(stream.take(turn, "finish", NOW)).isEqualTo(new Taken.Missing());
        assertThat(stream.adopt(turn, List.of(new Subscription(BOB, 0, 0)), NOW)).isFalse();
        assertThat(stream.subscribers(turn)).isEmpty();
        assertThat(stream.close(turn, TurnStatus.FAILED, List.of("x"), "finish", NOW))
                .isEqualTo(new Closed.Missing());

        assertThat(stream.create(turn, running(1, "a", "B", "C"), NOW)).isTrue();
        assertThat(stream.read(turn, 0))
                .containsExactly(new Entry(0, "a"), new Entry(1, "B"), new Entry(2, "C"));
        assertThat(stream.subscribers(turn)).isEmpty();
        assertThat(append(FIRST, "c"))
                .as("what it had claimed is gone")
                .isEqualTo(new Appended.Missing());
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Claimed(3, 1));
    }

    @Test
    void createMakesAStreamThatHasEnded() {
        forget();
        Beginning beginning = new Beginning(TurnStatus.FAILED, List.of("a", "b"), 1, 0);
        assertThat(stream.create(turn, beginning, NOW)).isTrue();
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Ended(TurnStatus.FAILED, 2));
        assertThat(append(FIRST, "c")).isEqualTo(new Appended.Ended(TurnStatus.FAILED));
        assertThat(stream.attach(turn, ALICE, 0, 0, "replay", NOW))
                .isEqualTo(new Attached.Subscribed(TurnStatus.FAILED, 2));
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(true, 0, "a", "b"));
    }

    @Test
    void createMakesATurnThatWaits() {
        forget();
        stream.create(turn, new Beginning(TurnStatus.WAITING, List.of("a"), 1, 0), NOW);
        assertThat(stream.attach(turn, ALICE, 0, 0, "replay", NOW))
                .isEqualTo(new Attached.Subscribed(TurnStatus.WAITING, 1));
        assertThat(stream.open(turn, new Fence(2, 1), NOW)).isEqualTo(new Opened.Claimed(1, 1));
    }

    @Test
    void createTakesManyChunks() {
        forget();
        List<String> chunks = IntStream.range(0, 20_000).mapToObj(Integer::toString).toList();
        stream.create(turn, new Beginning(TurnStatus.RUNNING, chunks, 1, 0), NOW);
        assertThat(stream.read(turn, 19_999)).containsExactly(new Entry(19_999, "19999"));
    }

    // open

    @Test
    void openOfAForgottenTurnIsMissing() {
        forget();
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Missing());
        assertThat(stream.open(turn, Fence.NONE, NOW)).isEqualTo(new Opened.Missing());
        assertThat(stream.create(turn, Beginning.EMPTY, NOW)).isTrue();
    }

    @Test
    void openTellsWhereToGoOnAndWhichStepHasBegun() {
        append(FIRST, "a", "b");
        stream.append(turn, FIRST, List.of("c"), 1, Span.ANY, "writer", Map.of(), NOW);
        append(FIRST, "d");
        assertThat(stream.open(turn, new Fence(1, 2), NOW)).isEqualTo(new Opened.Claimed(4, 1));
    }

    @Test
    void openRefusesAnOlderFence() {
        stream.open(turn, new Fence(2, 1), NOW);
        assertThat(stream.open(turn, new Fence(1, 7), NOW))
                .isEqualTo(new Opened.Outdated(new Fence(2, 1)));
    }

    @Test
    void openMayBeRepeatedByTheSameFence() {
        append(FIRST, "a");
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Claimed(1, 0));
    }

    @Test
    void openWithoutAFenceOnlyLooks() {
        append(FIRST, "a");
        assertThat(stream.open(turn, Fence.NONE, NOW)).isEqualTo(new Opened.Claimed(1, 0));
        assertThat(append(FIRST, "b")).isInstanceOf(Appended.Written.class);
    }

    @Test
    void openTellsThatTheTurnHasEnded() {
        append(FIRST, "a");
        close("end");
        assertThat(stream.open(turn, new Fence(1, 2), NOW))
                .isEqualTo(new Opened.Ended(TurnStatus.COMPLETED, 2));
    }

    @Test
    void openByASuccessorFreesWhatTheDeadWriterHeld() {
        attach(ALICE, 0, "replay");
        attach(BOB, 0, "writer");
        append(FIRST, "a");

        Fence successor = new Fence(1, 2);
        stream.open(turn, successor, NOW);

        assertThat(written(appendBy("successor", successor, Map.of(), NOW, "b")).leased())
                .containsExactly(new Subscription(BOB, 0, 0));
    }

    @Test
    void fencesOfLateStepsKeepTheirOrder() {
        Fence late = new Fence(2_000_000_000, 999_999);
        Fence later = new Fence(2_000_000_001, 1);
        stream.open(turn, late, NOW);
        assertThat(append(late, "a")).isInstanceOf(Appended.Written.class);
        stream.open(turn, later, NOW);
        assertThat(append(late, "b")).isEqualTo(new Appended.Outdated(later));
    }

    // append

    @Test
    void appendNumbersChunksWithoutAGap() {
        assertThat(written(append(FIRST, "a", "b")).next()).isEqualTo(2);
        assertThat(written(append(FIRST)).next()).isEqualTo(2);
        assertThat(written(append(FIRST, "c")).next()).isEqualTo(3);
        assertThat(stream.read(turn, 0))
                .containsExactly(new Entry(0, "a"), new Entry(1, "b"), new Entry(2, "c"));
    }

    @Test
    void appendKeepsChunksAsTheyAre() {
        String chunk = "{\"delta\":\"Grüße, 你好 \uD83D\uDC4B\\n \\u0000 'quote' [] \"}";
        append(FIRST, chunk, "", "nil");
        assertThat(stream.read(turn, 0))
                .containsExactly(new Entry(0, chunk), new Entry(1, ""), new Entry(2, "nil"));
    }

    @Test
    void appendOfAnOlderFenceWritesNothing() {
        append(FIRST, "a");
        Fence successor = new Fence(1, 2);
        stream.open(turn, successor, NOW);

        assertThat(append(FIRST, "zombie")).isEqualTo(new Appended.Outdated(successor));
        assertThat(stream.read(turn, 0)).containsExactly(new Entry(0, "a"));
    }

    @Test
    void appendAfterTheEndWritesNothing() {
        stream.close(turn, TurnStatus.CANCELLED, List.of("abort"), "tab", NOW);
        assertThat(append(FIRST, "late")).isEqualTo(new Appended.Ended(TurnStatus.CANCELLED));
        assertThat(stream.read(turn, 0)).containsExactly(new Entry(0, "abort"));
    }

    @Test
    void appendToAForgottenTurnIsMissing() {
        append(FIRST, "a");
        forget();
        assertThat(append(FIRST, "b")).isEqualTo(new Appended.Missing());
    }

    @Test
    void appendToATurnThatWasForgottenAndCreatedAgainIsMissing() {
        append(FIRST, "a");
        forget();
        stream.create(turn, Beginning.EMPTY, NOW);
        assertThat(append(FIRST, "b")).isEqualTo(new Appended.Missing());
        assertThat(stream.read(turn, 0)).isEmpty();
    }

    @Test
    void appendDoesNotPassItsLimit() {
        append(FIRST, "a", "b");
        attach(ALICE, 0, "replay");
        advance(ALICE, 2, "replay");
        assertThat(appendWithin(new Span(2, 4), "c", "d", "e")).isEqualTo(new Appended.Full(2));
        assertThat(stream.read(turn, 0)).hasSize(2);
        assertThat(written(appendWithin(new Span(2, 4), "c", "d")))
                .isEqualTo(
                        new Appended.Written(4, List.of(new Subscription(ALICE, 0, 2)), List.of()));
        assertThat(appendWithin(new Span(2, 4), "e")).isEqualTo(new Appended.Full(4));
    }

    @Test
    void appendToAStreamThatLostItsNewestEntriesIsMissingAndTheStreamToo() {
        append(FIRST, "a", "b");
        loseNewest();
        assertThat(appendWithin(new Span(2, 9), "c")).isEqualTo(new Appended.Missing());
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Missing());
        assertThat(stream.create(turn, running(1, "a", "B"), NOW)).isTrue();
    }

    @Test
    void appendLeasesSubscribersThatNobodyDeliversTo() {
        attach(ALICE, 0, "replay");
        attach(BOB, 0, "replay");
        advance(BOB, 0, "replay");

        assertThat(written(append(FIRST, "a")).leased())
                .containsExactly(new Subscription(BOB, 0, 0));
        assertThat(written(append(FIRST, "b")).leased()).isEmpty();
    }

    @Test
    void appendTakesOverALeaseThatHasRunOut() {
        append(FIRST, "a", "b", "c");
        stream.attach(turn, ALICE, 1, 2, "dead", NOW);

        assertThat(written(appendBy("writer", FIRST, Map.of(), LEASE_OVER, "d")).leased())
                .containsExactly(new Subscription(ALICE, 1, 2));
    }

    @Test
    void appendLeavesALeaseThatLastsOneMoreMoment() {
        attach(ALICE, 0, "replay");
        Instant justBefore = LEASE_OVER.minusMillis(1);
        assertThat(written(appendBy("writer", FIRST, Map.of(), justBefore, "a")).leased())
                .isEmpty();
    }

    @Test
    void marksStoreTheCursorAndRenewTheLease() {
        append(FIRST, "a", "b", "c");
        attach(ALICE, 0, "writer");
        Instant later = NOW.plusSeconds(4);
        appendBy("writer", FIRST, Map.of(ALICE, 2L), later, "d");

        assertThat(written(appendBy("other", FIRST, Map.of(), LEASE_OVER, "e")).leased()).isEmpty();
        Instant renewedOver = later.plus(SETTINGS.lease());
        assertThat(written(appendBy("other", FIRST, Map.of(), renewedOver, "f")).leased())
                .containsExactly(new Subscription(ALICE, 0, 2));
    }

    @Test
    void marksNeverGoBackNorBeyondTheEnd() {
        append(FIRST, "a", "b", "c");
        attach(ALICE, 2, "writer");
        attach(BOB, 2, "writer");
        appendBy("writer", FIRST, Map.of(ALICE, 1L, BOB, 99L), NOW);

        assertThat(written(appendBy("other", FIRST, Map.of(), LEASE_OVER)).leased())
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 0, 2), new Subscription(BOB, 0, 3));
    }

    @Test
    void marksOfSubscribersThatAnotherHoldsAreLost() {
        attach(ALICE, 0, "another");
        Subscriber gone = subscriber("gone");
        Appended.Written written =
                written(appendBy("writer", FIRST, Map.of(ALICE, 1L, gone, 1L), NOW, "a"));
        assertThat(written.lost()).containsExactlyInAnyOrder(ALICE, gone);
        assertThat(written.leased()).isEmpty();
        assertThat(advance(ALICE, 0, "another"))
                .as("the mark of one who does not hold it counts for nothing")
                .isEqualTo(more(false, 0, "a"));
    }

    @Test
    void aMarkOfAFreeSubscriberIsNotLostButLeasedAtItsStoredCursor() {
        append(FIRST, "a");
        attach(ALICE, 1, "replay");
        advance(ALICE, 1, "replay");
        Appended.Written written = written(appendBy("writer", FIRST, Map.of(ALICE, 2L), NOW, "b"));
        assertThat(written.leased()).containsExactly(new Subscription(ALICE, 0, 1));
        assertThat(written.lost()).isEmpty();
    }

    // attach

    @Test
    void attachTellsWhereTheTurnStands() {
        append(FIRST, "a", "b");
        assertThat(stream.attach(turn, ALICE, 0, 0, "replay", NOW))
                .isEqualTo(new Attached.Subscribed(TurnStatus.RUNNING, 2));
        close();
        assertThat(stream.attach(turn, BOB, 0, 0, "replay", NOW))
                .isEqualTo(new Attached.Subscribed(TurnStatus.COMPLETED, 2));
    }

    @Test
    void attachToAForgottenTurnIsMissing() {
        forget();
        assertThat(stream.attach(turn, ALICE, 0, 0, "replay", NOW))
                .isEqualTo(new Attached.Missing());
    }

    @Test
    void attachMovesASubscriberAndTakesItsLease() {
        append(FIRST, "a", "b");
        attach(ALICE, 2, "old");
        attach(ALICE, 0, "new");
        assertThat(advance(ALICE, 2, "old")).isEqualTo(new Advanced.Lost());
        assertThat(advance(ALICE, 0, "new")).isEqualTo(more(false, 0, "a", "b"));
    }

    @Test
    void attachBeyondTheEndStandsAtTheEnd() {
        append(FIRST, "a");
        attach(ALICE, 7, "replay");
        assertThat(advance(ALICE, 7, "replay")).isEqualTo(new Advanced.Idle());
        assertThat(written(append(FIRST, "b")).leased())
                .containsExactly(new Subscription(ALICE, 0, 1));
    }

    @Test
    void negativePlacesAreRefused() {
        assertThatThrownBy(() -> stream.attach(turn, ALICE, 0, -1, "replay", NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cursor");
        assertThatThrownBy(() -> stream.attach(turn, ALICE, -1, 0, "replay", NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("base");
        assertThatThrownBy(() -> stream.read(turn, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // adopt

    @Test
    void adoptAddsThoseThatAreAbsentAndTheNextAppendLeasesThem() {
        append(FIRST, "a", "b", "c");
        assertThat(adopt(new Subscription(ALICE, 1, 2), new Subscription(BOB, 0, 3))).isTrue();
        assertThat(stream.subscribers(turn))
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 1, 2), new Subscription(BOB, 0, 3));
        assertThat(written(append(FIRST, "d")).leased())
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 1, 2), new Subscription(BOB, 0, 3));
    }

    @Test
    void adoptLeavesOneThatIsThereAsItIs() {
        append(FIRST, "a", "b", "c");
        stream.attach(turn, ALICE, 1, 2, "replay", NOW);
        attach(BOB, 3, "replay");
        advance(BOB, 3, "replay");
        assertThat(adopt(new Subscription(ALICE, 0, 0), new Subscription(BOB, 0, 0))).isTrue();

        assertThat(stream.subscribers(turn))
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 1, 2), new Subscription(BOB, 0, 3));
        assertThat(written(append(FIRST, "d")).leased())
                .as("the lease of the other stays, too")
                .containsExactly(new Subscription(BOB, 0, 3));
    }

    @Test
    void adoptCutsCursorsToTheEnd() {
        append(FIRST, "a");
        adopt(new Subscription(ALICE, 0, 9));
        assertThat(stream.subscribers(turn)).containsExactly(new Subscription(ALICE, 0, 1));
        append(FIRST, "b");
        assertThat(advance(ALICE, 1, "writer")).isEqualTo(more(false, 1, "b"));
    }

    @Test
    void adoptWorksOnATurnThatHasEnded() {
        append(FIRST, "a", "b");
        close();
        adopt(new Subscription(ALICE, 0, 1), new Subscription(BOB, 0, 9));
        assertThat(stream.subscribers(turn))
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 0, 1), new Subscription(BOB, 0, 3));
        assertThat(advance(ALICE, 0, "sweeper")).isEqualTo(more(true, 1, "b"));
        assertThat(advance(BOB, 0, "sweeper")).isEqualTo(new Advanced.Done());
    }

    @Test
    void adoptIntoAForgottenTurnDoesNothing() {
        forget();
        assertThat(adopt(new Subscription(ALICE, 0, 0))).isFalse();
        stream.create(turn, Beginning.EMPTY, NOW);
        assertThat(stream.subscribers(turn)).isEmpty();
        assertThat(adopt()).isTrue();
    }

    @Test
    void adoptRefusesNegativePlaces() {
        assertThatThrownBy(() -> adopt(new Subscription(ALICE, -1, 0)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> adopt(new Subscription(ALICE, 0, -1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(stream.subscribers(turn)).isEmpty();
    }

    // take

    @Test
    void takeLeasesWhoeverIsFreeAndLacksSomething() {
        append(FIRST, "a", "b");
        adopt(new Subscription(ALICE, 1, 1), new Subscription(BOB, 0, 2));
        assertThat(take("finish", NOW)).isEqualTo(some(0, new Subscription(ALICE, 1, 1)));
        assertThat(advance(ALICE, 1, "other")).isEqualTo(new Advanced.Lost());
        assertThat(advance(ALICE, 1, "finish")).isEqualTo(more(false, 1, "b"));
    }

    @Test
    void takeCountsThoseThatOthersHold() {
        append(FIRST, "a");
        attach(ALICE, 0, "one");
        attach(BOB, 1, "another");
        attach(subscriber("carol"), 0, "finish");
        assertThat(take("finish", NOW)).isEqualTo(some(2));
        assertThat(take("one", NOW)).isEqualTo(some(2));
    }

    @Test
    void takeTakesWhatALeaseThatRanOutLeaves() {
        append(FIRST, "a");
        attach(ALICE, 0, "dead");
        assertThat(take("finish", LEASE_OVER.minusMillis(1))).isEqualTo(some(1));
        assertThat(take("finish", LEASE_OVER)).isEqualTo(some(0, new Subscription(ALICE, 0, 0)));
        assertThat(take("other", LEASE_OVER)).isEqualTo(some(1));
        assertThat(take("other", LEASE_OVER.plus(SETTINGS.lease())))
                .isEqualTo(some(0, new Subscription(ALICE, 0, 0)));
    }

    @Test
    void takeOfAnEndedTurnTakesWhoeverIsStillThere() {
        append(FIRST, "a");
        close();
        adopt(new Subscription(ALICE, 0, 1), new Subscription(BOB, 0, 2));
        Taken.Some taken = (Taken.Some) take("finish", NOW);
        assertThat(taken.leased())
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 0, 1), new Subscription(BOB, 0, 2));
        assertThat(advance(ALICE, 1, "finish")).isEqualTo(more(true, 1));
        assertThat(advance(ALICE, 2, "finish")).isEqualTo(new Advanced.Done());
        assertThat(advance(BOB, 2, "finish")).isEqualTo(new Advanced.Done());
        assertThat(take("finish", LEASE_OVER)).isEqualTo(some(0));
    }

    @Test
    void takeOfATurnWithoutSubscribersTakesNobody() {
        assertThat(take("finish", NOW)).isEqualTo(some(0));
        forget();
        assertThat(take("finish", NOW)).isEqualTo(new Taken.Missing());
    }

    // subscribers

    @Test
    void aStreamThatHasLostItsLastEntriesIsDropped() {
        assertThat(stream.verify(turn, 0)).isTrue();
        append(FIRST, "a", "b");
        assertThat(stream.verify(turn, 2)).isTrue();
        assertThat(stream.read(turn, 0)).hasSize(2);

        assertThat(stream.verify(turn, 3)).isFalse();
        assertThat(stream.open(turn, FIRST, NOW)).isEqualTo(new Opened.Missing());
        assertThat(stream.verify(turn, 0)).isFalse();
    }

    @Test
    void subscribersAreAllWhoeverDeliversToThem() {
        assertThat(stream.subscribers(turn)).isEmpty();
        append(FIRST, "a", "b");
        stream.attach(turn, ALICE, 1, 2, "replay", NOW);
        adopt(new Subscription(BOB, 0, 1));
        assertThat(stream.subscribers(turn))
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 1, 2), new Subscription(BOB, 0, 1));
        close();
        stream.detach(turn, ALICE);
        assertThat(stream.subscribers(turn)).containsExactly(new Subscription(BOB, 0, 1));
        forget();
        assertThat(stream.subscribers(turn)).isEmpty();
    }

    // advance

    @Test
    void advanceReadsPageByPageAndThenGivesTheLeaseBack() {
        append(FIRST, "a", "b", "c", "d", "e", "f");
        attach(ALICE, 1, "replay");
        assertThat(advance(ALICE, 1, "replay")).isEqualTo(more(false, 1, "b", "c", "d", "e"));
        assertThat(advance(ALICE, 5, "replay")).isEqualTo(more(false, 5, "f"));
        assertThat(advance(ALICE, 6, "replay")).isEqualTo(new Advanced.Idle());
        assertThat(written(append(FIRST, "g")).leased())
                .containsExactly(new Subscription(ALICE, 0, 6));
    }

    @Test
    void advanceBoundsAPageByItsBytes() {
        String large = "x".repeat(100 * 1024);
        append(FIRST, large, large, large, "small");
        attach(ALICE, 0, "replay");
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(false, 0, large, large));
        assertThat(advance(ALICE, 2, "replay")).isEqualTo(more(false, 2, large, "small"));
    }

    @Test
    void advanceDeliversAChunkThatIsLargerThanAPage() {
        String huge = "x".repeat(300 * 1024);
        append(FIRST, huge, "small");
        attach(ALICE, 0, "replay");
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(false, 0, huge));
    }

    @Test
    void advanceRenewsTheLease() {
        append(FIRST, "a");
        attach(ALICE, 0, "replay");
        stream.advance(turn, ALICE, 0, "replay", NOW.plusSeconds(3));
        assertThat(written(appendBy("writer", FIRST, Map.of(), LEASE_OVER, "b")).leased())
                .isEmpty();
    }

    @Test
    void advanceByOneWhoDoesNotHoldTheLeaseIsLost() {
        append(FIRST, "a", "b");
        attach(ALICE, 0, "replay");
        assertThat(advance(ALICE, 2, "other")).isEqualTo(new Advanced.Lost());
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(false, 0, "a", "b"));
    }

    @Test
    void advanceOfAnUnknownSubscriberIsLost() {
        attach(BOB, 0, "replay");
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(new Advanced.Lost());
    }

    @Test
    void advanceInAForgottenTurnIsMissing() {
        attach(ALICE, 0, "replay");
        forget();
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(new Advanced.Missing());
        stream.create(turn, Beginning.EMPTY, NOW);
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(new Advanced.Lost());
    }

    @Test
    void aHolderThatStalledGoesOnIfNobodyTookItsLease() {
        append(FIRST, "a", "b");
        attach(ALICE, 0, "replay");
        assertThat(stream.advance(turn, ALICE, 1, "replay", LEASE_OVER.plusSeconds(60)))
                .isEqualTo(more(false, 1, "b"));
    }

    @Test
    void advanceTakesASubscriberThatNobodyDeliversToAtItsStoredCursor() {
        append(FIRST, "a", "b", "c");
        attach(ALICE, 0, "first");
        stream.release(turn, ALICE, 1, "first");
        assertThat(advance(ALICE, 3, "second")).isEqualTo(more(false, 1, "b", "c"));
        assertThat(advance(ALICE, 1, "first")).isEqualTo(new Advanced.Lost());
        assertThat(stream.advance(turn, ALICE, 0, "sweeper", LEASE_OVER))
                .isEqualTo(more(false, 1, "b", "c"));
    }

    @Test
    void advanceReplaysAnEndedTurnToItsEnd() {
        append(FIRST, "a", "b", "c");
        close("d", "e");
        attach(ALICE, 0, "replay");
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(false, 0, "a", "b", "c", "d"));
        assertThat(advance(ALICE, 4, "replay")).isEqualTo(more(true, 4, "e"));
        assertThat(advance(ALICE, 6, "replay")).isEqualTo(new Advanced.Done());
        assertThat(advance(ALICE, 6, "replay")).isEqualTo(new Advanced.Lost());
    }

    @Test
    void theEndIsOneMoreEntry() {
        append(FIRST, "a");
        attach(ALICE, 1, "replay");
        close();
        attach(ALICE, 1, "replay");
        assertThat(advance(ALICE, 1, "replay")).isEqualTo(more(true, 1));
        assertThat(advance(ALICE, 1, "replay")).isEqualTo(more(true, 1));
        assertThat(advance(ALICE, 2, "replay")).isEqualTo(new Advanced.Done());
    }

    @Test
    void oneWhoHasTheEndIsDone() {
        append(FIRST, "a");
        close();
        attach(ALICE, 99, "replay");
        assertThat(advance(ALICE, 99, "replay")).isEqualTo(new Advanced.Done());
    }

    // release and detach

    @Test
    void releaseStoresTheCursorAndFreesTheSubscriber() {
        append(FIRST, "a", "b");
        attach(ALICE, 0, "replay");
        stream.release(turn, ALICE, 1, "replay");
        assertThat(written(append(FIRST, "c")).leased())
                .containsExactly(new Subscription(ALICE, 0, 1));
    }

    @Test
    void releaseByAnotherDoesNothing() {
        append(FIRST, "a", "b");
        attach(ALICE, 0, "replay");
        stream.release(turn, ALICE, 2, "other");
        stream.release(turn, BOB, 2, "other");
        assertThat(written(append(FIRST, "c")).leased()).isEmpty();
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(more(false, 0, "a", "b", "c"));
    }

    @Test
    void releaseAfterTheEndRemovesTheSubscriber() {
        close("end");
        attach(ALICE, 0, "replay");
        stream.release(turn, ALICE, 2, "replay");
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(new Advanced.Lost());
    }

    @Test
    void detachRemovesTheSubscriber() {
        attach(ALICE, 0, "replay");
        stream.detach(turn, ALICE);
        stream.detach(turn, BOB);
        assertThat(advance(ALICE, 0, "replay")).isEqualTo(new Advanced.Lost());
        assertThat(written(appendBy("writer", FIRST, Map.of(), LEASE_OVER, "a")).leased())
                .isEmpty();
    }

    // pause, unpause

    @Test
    void aTurnThatWaitsGivesItsReadersTheEnd() {
        append(FIRST, "a", "b");
        attach(ALICE, 1, "replay");
        assertThat(stream.pause(turn, 0, NOW)).isEqualTo(new Paused.Waiting());

        assertThat(advance(ALICE, 1, "replay")).isEqualTo(more(true, 1, "b"));
        stream.detach(turn, ALICE, "replay");
        assertThat(stream.subscribers(turn)).isEmpty();
        assertThat(stream.attach(turn, BOB, 0, 0, "replay", NOW))
                .isEqualTo(new Attached.Subscribed(TurnStatus.WAITING, 2));
        assertThat(advance(BOB, 2, "replay")).isEqualTo(more(true, 2));
        assertThat(advance(BOB, 3, "replay")).isEqualTo(new Advanced.Done());
    }

    @Test
    void readersThatHaveAllButTheEndAreTakenWhenATurnWaits() {
        append(FIRST, "a");
        attach(ALICE, 1, "replay");
        assertThat(advance(ALICE, 1, "replay")).isEqualTo(new Advanced.Idle());
        assertThat(take("pause", NOW)).isEqualTo(some(0));
        stream.pause(turn, 0, NOW);
        assertThat(take("pause", NOW)).isEqualTo(some(0, new Subscription(ALICE, 0, 1)));
    }

    @Test
    void aTurnThatWaitedGoesOnWhereItStood() {
        append(FIRST, "a", "b");
        stream.pause(turn, 0, NOW);
        assertThat(stream.unpause(turn, 1, NOW)).isEqualTo(new Unpaused.Running(2));
        stream.attach(turn, BOB, 2, 2, "send", NOW);
        assertThat(advance(BOB, 2, "send")).isEqualTo(new Advanced.Idle());
        assertThat(written(append(FIRST, "c")).leased())
                .containsExactly(new Subscription(BOB, 2, 2));
        assertThat(stream.unpause(turn, 1, NOW)).isEqualTo(new Unpaused.Running(3));
    }

    @Test
    void aPauseThatAnAnswerHasOvertakenDoesNothing() {
        append(FIRST, "a");
        assertThat(stream.unpause(turn, 1, NOW)).isEqualTo(new Unpaused.Running(1));
        assertThat(stream.pause(turn, 0, NOW)).isEqualTo(new Paused.Outdated());
        attach(ALICE, 1, "replay");
        assertThat(advance(ALICE, 1, "replay")).isEqualTo(new Advanced.Idle());
        assertThat(stream.pause(turn, 1, NOW)).isEqualTo(new Paused.Waiting());
        assertThat(stream.unpause(turn, 1, NOW))
                .as("an answer that came before the pause does not end it")
                .isEqualTo(new Unpaused.Running(1));
        assertThat(advance(ALICE, 1, "other")).isEqualTo(more(true, 1));
    }

    @Test
    void aTurnThatEndedWaitsForNobody() {
        close("z");
        assertThat(stream.pause(turn, 0, NOW)).isEqualTo(new Paused.Ended(TurnStatus.COMPLETED));
        assertThat(stream.unpause(turn, 1, NOW))
                .isEqualTo(new Unpaused.Ended(TurnStatus.COMPLETED));
        forget();
        assertThat(stream.pause(turn, 0, NOW)).isEqualTo(new Paused.Missing());
        assertThat(stream.unpause(turn, 1, NOW)).isEqualTo(new Unpaused.Missing());
    }

    @Test
    void aTurnThatWaitsCanBeCancelled() {
        append(FIRST, "a");
        stream.pause(turn, 0, NOW);
        assertThat(stream.close(turn, TurnStatus.CANCELLED, List.of("b"), "tab", NOW))
                .isEqualTo(new Closed.Won(2, List.of()));
    }

    @Test
    void aReaderThatHasTheEndIsLeftToWhoeverDeliversToItNow() {
        append(FIRST, "a");
        attach(ALICE, 0, "first");
        attach(ALICE, 0, "second");
        stream.detach(turn, ALICE, "first");
        assertThat(stream.subscribers(turn)).hasSize(1);
        stream.detach(turn, ALICE, "second");
        assertThat(stream.subscribers(turn)).isEmpty();
    }

    // close

    @Test
    void closeEndsTheTurnOnceWithItsLastChunks() {
        append(FIRST, "a");
        assertThat(stream.close(turn, TurnStatus.CANCELLED, List.of("b", "c"), "tab", NOW))
                .isEqualTo(new Closed.Won(3, List.of()));
        assertThat(stream.close(turn, TurnStatus.COMPLETED, List.of("d"), "finish", NOW))
                .isEqualTo(new Closed.Already(TurnStatus.CANCELLED));
        assertThat(stream.read(turn, 1)).containsExactly(new Entry(1, "b"), new Entry(2, "c"));
    }

    @Test
    void closeTakesEverySubscriberWhoeverHeldIt() {
        append(FIRST, "a", "b");
        attach(ALICE, 1, "replay");
        stream.attach(turn, BOB, 1, 2, "writer", NOW);
        advance(BOB, 2, "writer");

        Closed.Won won =
                (Closed.Won) stream.close(turn, TurnStatus.COMPLETED, List.of("c"), "finish", NOW);

        assertThat(won.leased())
                .containsExactlyInAnyOrder(
                        new Subscription(ALICE, 0, 1), new Subscription(BOB, 1, 2));
        assertThat(advance(ALICE, 2, "replay")).isEqualTo(new Advanced.Lost());
        assertThat(advance(ALICE, 1, "finish")).isEqualTo(more(true, 1, "b", "c"));
    }

    @Test
    void closeNeedsAFinalStatus() {
        assertThatThrownBy(() -> stream.close(turn, TurnStatus.WAITING, List.of(), "x", NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waiting");
    }

    @Test
    void closeOfAForgottenTurnIsMissing() {
        forget();
        assertThat(stream.close(turn, TurnStatus.COMPLETED, List.of(), "finish", NOW))
                .isEqualTo(new Closed.Missing());
    }

    // read

    @Test
    void readIsBounded() {
        append(FIRST, "a", "b", "c", "d", "e");
        assertThat(stream.read(turn, 0)).hasSize(SETTINGS.readLimit());
        assertThat(stream.read(turn, 4)).containsExactly(new Entry(4, "e"));
        assertThat(stream.read(turn, 5)).isEmpty();
        forget();
        assertThat(stream.read(turn, 0)).isEmpty();
    }

    protected final Appended append(Fence fence, String... chunks) {
        return appendBy("writer", fence, Map.of(), NOW, chunks);
    }

    protected final Appended appendBy(
            String holder,
            Fence fence,
            Map<Subscriber, Long> marks,
            Instant now,
            String... chunks) {
        return stream.append(turn, fence, List.of(chunks), null, Span.ANY, holder, marks, now);
    }

    private Appended appendWithin(Span span, String... chunks) {
        return stream.append(turn, FIRST, List.of(chunks), null, span, "writer", Map.of(), NOW);
    }

    private boolean adopt(Subscription... subscriptions) {
        return stream.adopt(turn, List.of(subscriptions), NOW);
    }

    private Taken take(String holder, Instant now) {
        return stream.take(turn, holder, now);
    }

    private static Taken.Some some(int held, Subscription... leased) {
        return new Taken.Some(List.of(leased), held);
    }

    private static Beginning running(int begunStep, String... chunks) {
        return new Beginning(TurnStatus.RUNNING, List.of(chunks), begunStep, 0);
    }

    protected static Appended.Written written(Appended appended) {
        assertThat(appended).isInstanceOf(Appended.Written.class);
        return (Appended.Written) appended;
    }

    protected final void attach(Subscriber subscriber, long cursor, String holder) {
        assertThat(stream.attach(turn, subscriber, 0, cursor, holder, NOW))
                .isInstanceOf(Attached.Subscribed.class);
    }

    protected final Advanced advance(Subscriber subscriber, long cursor, String holder) {
        return stream.advance(turn, subscriber, cursor, holder, NOW);
    }

    private void close(String... lastChunks) {
        assertThat(stream.close(turn, TurnStatus.COMPLETED, List.of(lastChunks), "finish", NOW))
                .isInstanceOf(Closed.Won.class);
    }

    private static Advanced.More more(boolean ends, long from, String... chunks) {
        List<Entry> entries =
                IntStream.range(0, chunks.length)
                        .mapToObj(i -> new Entry(from + i, chunks[i]))
                        .toList();
        return new Advanced.More(entries, from + chunks.length + (ends ? 1 : 0), ends);
    }
}
