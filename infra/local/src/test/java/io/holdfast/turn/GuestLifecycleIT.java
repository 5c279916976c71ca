package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.access.GuestStore;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.DeletedSessions;
import io.holdfast.session.HandoverStore;
import io.holdfast.session.HandoverStore.Claimed;
import io.holdfast.session.Note;
import io.holdfast.session.NoteId;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.SessionTurns;
import io.holdfast.stream.TurnStatus;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What guests have begun, claimed by users or deleted when they cannot come back, with deaths at
 * any write of whoever does it.
 */
@Tag("side-by-side")
final class GuestLifecycleIT {
    private static final Duration WITHIN = Duration.ofSeconds(5);

    /** When a guest who comes now is forgotten. */
    private static final Duration GONE = Duration.ofDays(30).plusHours(5);

    private static CallScenes scenes;
    private static int users;

    @BeforeAll
    static void start() {
        scenes = new CallScenes();
    }

    @AfterAll
    static void stop() {
        scenes.close();
    }

    @Test
    void theTurnsOfAClaimedSessionAreItsOwnersWhereverWhoeverClaimsItDies() {
        int last = 1;
        while (true) {
            boolean died = false;
            for (boolean done : List.of(false, true)) {
                UserId guest = arrive();
                UserId user = newUser();
                SessionId session = scenes.newSession();
                TurnId first = said(guest, session, TurnOptions.DEFAULT);
                TurnId second = said(guest, session, TurnOptions.DEFAULT);
                TurnId other = said(guest, scenes.newSession(), TurnOptions.DEFAULT);
                Mortal mortal = new Mortal(last, done);
                try {
                    TurnParts parts = scenes.of(mortal);
                    assertThat(claim(parts, session, guest, user)).isEqualTo(new Claimed.Now());
                    parts.relister().relist(session, WITHIN);
                } catch (Mortal.Death e) {
                    assertThat(mortal.isDead()).isTrue();
                }
                died |= mortal.isDead();
                if (!session(session).owner().equals(user)) {
                    // It died before it was claimed: the user asks again.
                    assertThat(claim(scenes.parts, session, guest, user))
                            .isEqualTo(new Claimed.Now());
                }

                sweepUntil(Duration.ofMinutes(2), () -> handover(session) == 0);

                assertThat(listed(user))
                        .as("death at write %d, done: %s", last, done)
                        .containsExactly(second, first);
                assertThat(listed(guest)).containsExactly(other);
                assertThat(claim(scenes.parts, session, guest, user))
                        .isEqualTo(new Claimed.Before());
            }
            if (!died) {
                // The claim, each turn, and the end of it.
                assertThat(last).isEqualTo(5);
                return;
            }
            last++;
        }
    }

    @Test
    void aLongSessionsTurnsAreMovedBitByBit() {
        UserId guest = arrive();
        UserId user = newUser();
        SessionId session = scenes.newSession();
        List<TurnId> begun = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            begun.addFirst(stored(guest, session, i));
        }
        assertThat(claim(scenes.parts, session, guest, user)).isEqualTo(new Claimed.Now());

        scenes.parts.relister().relist(session, Duration.ZERO);
        assertThat(listed(user)).isEqualTo(begun.subList(0, 50));
        begun.addFirst(said(user, session, TurnOptions.DEFAULT));

        Mortal mortal = new Mortal(10, false);
        try {
            scenes.of(mortal).relister().relist(session, WITHIN);
        } catch (Mortal.Death e) {
            assertThat(listed(user)).isEqualTo(begun.subList(0, 60));
        }
        assertThat(mortal.isDead()).isTrue();

        scenes.parts.relister().relist(session, WITHIN);
        assertThat(listed(user)).isEqualTo(begun);
        assertThat(listed(guest)).isEmpty();
        assertThat(handover(session)).isZero();
    }

    @Test
    void whatNoListShowsIsOnNoListAfterAClaim() {
        UserId guest = arrive();
        UserId user = newUser();
        SessionId job = scenes.newSession();
        SessionId hidden = scenes.newSession();
        TurnId turn = said(guest, job, TurnOptions.JOB);
        var _ = said(guest, hidden, TurnOptions.JOB.offRecord(null));

        for (SessionId session : List.of(job, hidden)) {
            assertThat(claim(scenes.parts, session, guest, user)).isEqualTo(new Claimed.Now());
            scenes.parts.relister().relist(session, WITHIN);
        }

        assertThat(listed(user)).containsExactly(turn);
        assertThat(scenes.parts.sessions().list(user, 10, null).sessions()).isEmpty();
    }

    @Test
    void aDeletedSessionsHandoverIsOver() {
        UserId guest = arrive();
        UserId user = newUser();
        SessionId session = scenes.newSession();
        var _ = said(guest, session, TurnOptions.DEFAULT);
        assertThat(claim(scenes.parts, session, guest, user)).isEqualTo(new Claimed.Now());
        assertThat(eraser(scenes.parts).delete(session(session))).isTrue();

        sweepUntil(Duration.ofMinutes(2), () -> handover(session) == 0);

        assertThat(listed(user)).isEmpty();
        assertThat(scenes.parts.sessions().read(session)).isEmpty();
    }

    @Test
    void whatAGuestHasLeftIsDeletedWhereverWhoeverDeletesItDies() {
        int last = 1;
        while (true) {
            boolean died = false;
            for (boolean done : List.of(false, true)) {
                Left left = leave();
                Mortal mortal = new Mortal(last, done);
                try {
                    erase(scenes.of(mortal, GONE), left.guest());
                } catch (Mortal.Death e) {
                    assertThat(mortal.isDead()).isTrue();
                }
                died |= mortal.isDead();

                sweepUntil(
                        GONE,
                        () ->
                                isForgotten(left)
                                        && left.sessions().stream()
                                                .allMatch(GuestLifecycleIT::isCleared));

                assertThat(scenes.parts.table().all("USER#" + left.guest(), ""))
                        .as("death at write %d, done: %s", last, done)
                        .isEmpty();
                assertThat(left.turns())
                        .allMatch(turn -> scenes.parts.turns().find(turn).isEmpty());
                assertThat(listed(left.guest())).isEmpty();
                assertThat(session(left.claimed()).owner()).isEqualTo(left.user());
                assertThat(messages(left.claimed())).isEqualTo(1);
                assertThat(listed(left.user())).containsExactly(left.kept());
            }
            if (!died) {
                // Three sessions, a subject, a note with its book, a profile, and the guest.
                assertThat(last).isEqualTo(9);
                return;
            }
            last++;
        }
    }

    @Test
    void aGuestWhoMayComeBackLosesNothing() {
        Instant now = CallScenes.CLOCK.instant();
        GuestStore.Arrived arrived = scenes.parts.guests().arrive(now);
        GuestStore guests = scenes.parts.guests();
        assertThat(guests.verify(arrived.token(), now.plus(Duration.ofDays(30)).minusSeconds(1)))
                .contains(arrived.user());
        assertThat(guests.verify(arrived.token(), now.plus(Duration.ofDays(30)))).isEmpty();
        SessionId session = scenes.newSession();
        TurnId turn = said(arrived.user(), session, TurnOptions.DEFAULT);

        // For some hours, connections go on that were opened before.
        assertThat(due(Duration.ofDays(30).plusHours(3))).doesNotContain(arrived.user());
        sweeper(Duration.ofDays(30).plusHours(3)).sweep(WITHIN);
        assertThat(session(session).latestTurn()).isEqualTo(turn);

        assertThat(due(GONE)).contains(arrived.user());
        new GuestEraser(scenes.after(GONE), eraser(scenes.after(GONE)))
                .erase(arrived.user(), Duration.ZERO);
        assertThat(session(session).latestTurn()).as("no time is left").isEqualTo(turn);
        assertThat(due(GONE)).contains(arrived.user());
    }

    @Test
    void aSessionIsEitherClaimedOrDeleted() throws Exception {
        Set<Class<?>> outcomes = new HashSet<>();
        for (int round = 0; round < 20; round++) {
            UserId guest = arrive();
            UserId user = newUser();
            SessionId session = scenes.newSession();
            TurnId turn = said(guest, session, TurnOptions.DEFAULT);
            Callable<Claimed> claiming = () -> claim(scenes.parts, session, guest, user);
            Callable<Object> erasing =
                    () -> {
                        erase(scenes.after(GONE), guest);
                        return guest;
                    };
            Claimed claimed;
            if (round == 0) {
                claimed = claiming.call();
                var _ = erasing.call();
            } else if (round == 1) {
                var _ = erasing.call();
                claimed = claiming.call();
            } else {
                try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                    Future<Object> erased = threads.submit(erasing);
                    claimed = threads.submit(claiming).get();
                    var _ = erased.get();
                }
            }
            outcomes.add(claimed.getClass());

            sweepUntil(GONE, () -> handover(session) == 0);

            switch (claimed) {
                case Claimed.Now() -> {
                    assertThat(session(session).owner()).isEqualTo(user);
                    assertThat(messages(session)).isEqualTo(1);
                    assertThat(listed(user)).containsExactly(turn);
                }
                case Claimed.Absent() -> {
                    assertThat(scenes.parts.sessions().read(session)).isEmpty();
                    assertThat(listed(user)).isEmpty();
                }
                case Claimed other -> throw new AssertionError(other);
            }
        }
        assertThat(outcomes).containsExactlyInAnyOrder(Claimed.Now.class, Claimed.Absent.class);
    }

    /**
     * What a guest has left.
     *
     * @param sessions that are to go, with their turns
     * @param claimed by the user, with the turn that is kept
     */
    private record Left(
            UserId guest,
            List<SessionId> sessions,
            List<TurnId> turns,
            UserId user,
            SessionId claimed,
            TurnId kept) {}

    private static Left leave() {
        UserId guest = arrive();
        UserId user = newUser();
        Instant now = CallScenes.CLOCK.instant();
        SessionId talked = scenes.newSession();
        SessionId job = scenes.newSession();
        SessionId about = scenes.newSession();
        SessionId claimed = scenes.newSession();
        TurnId ended = said(guest, talked, TurnOptions.DEFAULT);
        TurnId jobs = said(guest, job, TurnOptions.JOB);
        TurnId kept = said(guest, claimed, TurnOptions.DEFAULT);
        var _ =
                scenes.parts
                        .sessions()
                        .create(about, guest, "experiment:exp_42", null, Preferences.NONE, now);
        scenes.parts.notes().writeProfile(guest, "I am nobody.", now);
        var _ =
                scenes.parts
                        .notes()
                        .add(guest, new NoteId("note-one"), "Grinds rye.", Note.Term.LONG, now);
        assertThat(claim(scenes.parts, claimed, guest, user)).isEqualTo(new Claimed.Now());
        return new Left(
                guest, List.of(talked, job, about), List.of(ended, jobs), user, claimed, kept);
    }

    private static void erase(TurnParts parts, UserId guest) {
        new GuestEraser(parts, eraser(parts)).erase(guest, WITHIN);
    }

    private static SessionEraser eraser(TurnParts parts) {
        return parts.eraser();
    }

    private static TurnSweeper sweeper(Duration later) {
        return new TurnSweeper(scenes.after(later));
    }

    private static void sweepUntil(Duration later, Callable<Boolean> condition) {
        TurnSweeper sweeper = sweeper(later);
        await().until(
                        () -> {
                            sweeper.sweep(WITHIN);
                            return condition.call();
                        });
    }

    private static UserId arrive() {
        return scenes.parts.guests().arrive(CallScenes.CLOCK.instant()).user();
    }

    private static UserId newUser() {
        return new UserId("user-" + users++);
    }

    private static Claimed claim(TurnParts parts, SessionId session, UserId guest, UserId user) {
        return parts.handovers().claim(session, guest, user, CallScenes.CLOCK.instant());
    }

    /** A turn that has ended: cancelled, which takes the least time. */
    private static TurnId said(UserId user, SessionId session, TurnOptions options) {
        Turn turn =
                switch (scenes.begin(scenes.parts, user, session, "hi", options)) {
                    case Begun.Started(Turn started) -> started;
                    case Begun other -> throw new AssertionError(other);
                };
        var _ = scenes.canceller().cancel(turn, WITHIN);
        assertThat(session(session).activeTurn()).isNull();
        return turn.id();
    }

    /** A turn that has ended, in the record alone. */
    private static TurnId stored(UserId user, SessionId id, int number) {
        Session before =
                switch (scenes.parts.sessions().find(id, user, CallScenes.CLOCK.instant())) {
                    case SessionStore.Access.Granted(Session session) -> session;
                    case SessionStore.Access.Absent(Session fresh) -> fresh;
                    case SessionStore.Access.Foreign foreign -> throw new AssertionError(foreign);
                };
        Turn turn =
                new Turn(
                        new TurnId("turn-%s-%03d".formatted(users, number)),
                        id,
                        user,
                        Set.of(),
                        TurnStatus.RUNNING,
                        new MessageId("answer-%s-%03d".formatted(users, number)),
                        SessionTurns.answerPosition(before, null),
                        "none",
                        new Turn.Choice("default", "script", ReasoningEffort.NONE),
                        0,
                        // No two at the same time, or their order would be anyone's.
                        CallScenes.CLOCK.instant().minus(Duration.ofHours(1)).plusSeconds(number),
                        null,
                        null);
        TurnStore turns = scenes.parts.turns();
        assertThat(turns.begin(turn, before, null, null, Preferences.NONE, true)).isTrue();
        assertThat(turns.end(turn, TurnStatus.COMPLETED, null, null, CallScenes.CLOCK.instant()))
                .isTrue();
        turns.settle(turn.id());
        return turn.id();
    }

    private static List<TurnId> listed(UserId user) {
        return scenes.parts.lists().list(user, 1_000, null).turns().stream().map(Turn::id).toList();
    }

    private static List<UserId> due(Duration later) {
        Instant then = CallScenes.CLOCK.instant().plus(later);
        List<UserId> due = new ArrayList<>();
        for (int shard = 0; shard < 8; shard++) {
            due.addAll(scenes.parts.guests().due(shard, then, 1_000));
        }
        return due;
    }

    private static long handover(SessionId session) {
        return new HandoverStore(scenes.parts.table()).find(session).stream().count();
    }

    private static boolean isForgotten(Left left) {
        return !due(GONE).contains(left.guest()) && handover(left.claimed()) == 0;
    }

    private static boolean isCleared(SessionId session) {
        return scenes.parts
                .deletedSessions()
                .find(session)
                .filter(DeletedSessions.Going::isCleared)
                .isPresent();
    }

    private static Session session(SessionId id) {
        return scenes.parts.sessions().read(id).orElseThrow();
    }

    private static int messages(SessionId id) {
        return scenes.parts
                .messages()
                .before(session(id), session(id).next(), 100, 1_000_000)
                .size();
    }
}
