package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.assistant.OnBusy;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.DeletedSessions;
import io.holdfast.session.Session;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Messages that wait, and sessions that are deleted, with deaths at any write of whoever ends the
 * turn before, and of whoever deletes.
 */
@Tag("side-by-side")
final class QueueLifecycleIT {
    private static final Duration WITHIN = Duration.ofSeconds(5);

    private static CallScenes scenes;
    private static TurnSweeper sweeper;

    @BeforeAll
    static void start() {
        scenes = new CallScenes();
        sweeper = new TurnSweeper(scenes.impatient);
    }

    @AfterAll
    static void stop() {
        scenes.close();
    }

    @Test
    void whatWaitsIsAnsweredWhereverTheEndOfTheTurnBeforeDies() {
        int last = 1;
        while (true) {
            boolean died = false;
            for (boolean done : List.of(false, true)) {
                Turn active = begin(scenes.impatient, "hi", null);
                Turn waits = begin(scenes.impatient, active.session(), "hello", OnBusy.QUEUE);
                assertThat(waits.status()).isEqualTo(TurnStatus.QUEUED);
                Mortal mortal = new Mortal(last, done);
                try {
                    canceller(scenes.impatient(mortal)).cancel(active, WITHIN);
                } catch (Mortal.Death e) {
                    assertThat(mortal.isDead()).isTrue();
                }
                died |= mortal.isDead();

                sweepUntil(() -> status(waits.id()) == TurnStatus.COMPLETED);

                assertThat(status(active.id()).isFinal()).isTrue();
                assertThat(session(active.session()).queued()).isZero();
                assertThat(session(active.session()).activeTurn()).isNull();
                assertThat(texts(active.session()))
                        .as("death at write %d, done: %s", last, done)
                        .containsOnlyOnce("hello")
                        .endsWith("You said: hello");
            }
            if (!died) {
                // The scene has no more writes than that.
                assertThat(last).isGreaterThan(3);
                return;
            }
            last++;
        }
    }

    @Test
    void ofManyWhoEndAndQueueAtOnceNoMessageIsLostOrAnsweredTwice() throws Exception {
        Turn active = begin(scenes.parts, "hi", null);
        List<Callable<Turn>> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String text = "hello " + i;
            all.add(() -> begin(scenes.parts, active.session(), text, OnBusy.QUEUE));
        }
        all.add(
                () -> {
                    var _ = canceller(scenes.parts).cancel(active, WITHIN);
                    return active;
                });

        List<Turn> begun = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(all.size())) {
            for (Future<Turn> one : threads.invokeAll(all)) {
                begun.add(one.get());
            }
        }
        for (Turn turn : begun) {
            // What came first after the cancel has begun at once, and is started by its sender.
            scenes.start(turn);
        }

        await().until(() -> begun.stream().allMatch(turn -> status(turn.id()).isFinal()));

        for (int i = 0; i < 6; i++) {
            assertThat(texts(active.session()))
                    .containsOnlyOnce("hello " + i)
                    .containsOnlyOnce("You said: hello " + i);
        }
    }

    @Test
    void aSessionIsDeletedWhereverWhoeverDeletesItDies() {
        int last = 1;
        while (true) {
            boolean died = false;
            for (boolean done : List.of(false, true)) {
                Turn active = begin(scenes.parts, "hi", null);
                Turn waits = begin(scenes.parts, active.session(), "hello", OnBusy.QUEUE);
                Mortal mortal = new Mortal(last, done);
                try {
                    SessionEraser eraser = scenes.of(mortal).eraser();
                    if (eraser.delete(session(active.session()))) {
                        eraser.erase(active.session(), WITHIN);
                    }
                } catch (Mortal.Death e) {
                    assertThat(mortal.isDead()).isTrue();
                }
                died |= mortal.isDead();
                if (scenes.parts.sessions().read(active.session()).isPresent()) {
                    // It died before it was deleted: the user asks again.
                    assertThat(eraser().delete(session(active.session()))).isTrue();
                }

                sweepUntil(
                        () ->
                                scenes.parts
                                        .deletedSessions()
                                        .find(active.session())
                                        .filter(DeletedSessions.Going::isCleared)
                                        .isPresent());

                assertThat(scenes.parts.turns().find(active.id())).isEmpty();
                assertThat(scenes.parts.turns().find(waits.id())).isEmpty();
                assertThat(scenes.stream.read(active.id(), 0)).isEmpty();
                assertThat(scenes.parts.table().all("SESSION#" + active.session(), "MESSAGE#"))
                        .isEmpty();
                // The last look is due an hour later.
                eraser().erase(active.session(), WITHIN);
                assertThat(scenes.parts.table().all("SESSION#" + active.session(), ""))
                        .singleElement()
                        .satisfies(item -> assertThat(item.number("expiresAt")).isPositive());
            }
            if (!died) {
                assertThat(last).isGreaterThan(5);
                return;
            }
            last++;
        }
    }

    @Test
    void anOffRecordSessionGoesWhenNothingHasHappenedInItForAnHour() {
        SessionId session = scenes.newSession();
        Turn turn =
                ((Begun.Started)
                                scenes.begin(
                                        scenes.parts,
                                        session,
                                        "hello",
                                        TurnOptions.JOB.offRecord(null)))
                        .turn();
        scenes.start(turn);
        await().until(() -> status(turn.id()) == TurnStatus.COMPLETED);

        eraser(Duration.ofMinutes(50)).erase(session, WITHIN);
        assertThat(texts(session)).containsExactly("hello", "You said: hello");

        eraser(Duration.ofMinutes(70)).erase(session, WITHIN);
        assertThat(scenes.parts.sessions().read(session)).isEmpty();
        assertThat(scenes.parts.turns().find(turn.id())).isEmpty();
    }

    private static SessionEraser eraser(Duration later) {
        return scenes.after(later).eraser();
    }

    private static SessionEraser eraser() {
        return scenes.parts.eraser();
    }

    private static TurnCanceller canceller(TurnParts parts) {
        return parts.canceller();
    }

    private static Turn begin(TurnParts parts, String text, @Nullable OnBusy onBusy) {
        return begin(parts, scenes.newSession(), text, onBusy);
    }

    private static Turn begin(
            TurnParts parts, SessionId session, String text, @Nullable OnBusy onBusy) {
        return switch (scenes.begin(parts, session, text, TurnOptions.DEFAULT.with(onBusy))) {
            case Begun.Started(Turn turn) -> turn;
            case Begun.Existing(Turn turn) -> turn;
            case Begun other -> throw new AssertionError(other);
        };
    }

    private static void sweepUntil(Callable<Boolean> condition) {
        await().until(
                        () -> {
                            sweeper.sweep(WITHIN);
                            return condition.call();
                        });
    }

    private static TurnStatus status(TurnId id) {
        return scenes.parts.turns().find(id).orElseThrow().status();
    }

    private static Session session(SessionId id) {
        Optional<Session> session = scenes.parts.sessions().read(id);
        return session.orElseThrow();
    }

    private static List<String> texts(SessionId id) {
        return scenes
                .parts
                .messages()
                .before(session(id), session(id).next(), 100, 1_000_000)
                .stream()
                .map(stored -> stored.message().text())
                .toList();
    }
}
