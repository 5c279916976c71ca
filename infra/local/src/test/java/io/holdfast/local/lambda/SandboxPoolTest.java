package io.holdfast.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class SandboxPoolTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final FakeSandboxes sandboxes = new FakeSandboxes();
    private final List<Integer> pauses = new CopyOnWriteArrayList<>();
    private final AtomicInteger ended = new AtomicInteger();
    private final SandboxPool pool = pool(LONG);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void theFirstOneServesAndTheNextStandsBy() {
        startWarm();

        assertThat(pool.status()).isEqualTo(new FunctionStatus("F", 1L, 0, 2L));
        assertThat(text(invoke("x"))).isEqualTo("1");
        assertThat(text(invoke("y"))).isEqualTo("1");
        assertThat(ended).hasValue(2);
    }

    @Test
    void theOneThatStandsByServesWhenTheOtherDies() {
        startWarm();

        fake(1).die();

        assertThat(text(invoke("x"))).isEqualTo("2");
        await().until(() -> pool.status().equals(new FunctionStatus("F", 2L, 0, 3L)));
    }

    @Test
    void aNewOneStandsByWhenTheOldOneDies() {
        startWarm();

        fake(2).die();

        await().until(() -> pool.status().equals(new FunctionStatus("F", 1L, 0, 3L)));
        assertThat(text(invoke("x"))).isEqualTo("1");
    }

    @Test
    void anInvocationInADeadOneEndsAsLambdaTellsIt() {
        startWarm();
        Invocation hanging = submit("hang", LONG);
        await().until(hanging::pickedUp);
        assertThat(pool.status().inFlight()).isEqualTo(1);

        fake(1).die();

        assertThat(result(hanging))
                .isEqualTo(
                        "{\"errorMessage\":\"RequestId: "
                                + hanging.id()
                                + " Error: Runtime exited with error: signal: killed\","
                                + "\"errorType\":\"Runtime.ExitError\"}");
        assertThat(ended).hasValue(1);
        assertThat(pool.status().inFlight()).isZero();
    }

    @Test
    void aDyingOnePicksNothingUp() {
        startWarm();
        fake(1).beginToDie();
        Invocation invocation = submit("x", LONG);

        fake(1).die();

        assertThat(result(invocation)).isEqualTo("2");
    }

    @Test
    void whatWaitsWhenAllAreDeadIsServedByTheNext() {
        startWarm();
        sandboxes.holdStarts();
        fake(2).die();
        await().until(() -> sandboxes.launched().size() == 3);
        fake(1).die();
        Invocation waiting = submit("x", LONG);
        assertThat(pool.status().inFlight()).isEqualTo(1);

        fake(3).die();
        await().until(() -> sandboxes.launched().size() == 4);
        fake(4).ask();

        assertThat(result(waiting)).isEqualTo("4");
    }

    @Test
    void aStartThatFailsFailsWhatWaitsForIt() {
        startWarm();
        sandboxes.holdStarts();
        fake(2).die();
        await().until(() -> sandboxes.launched().size() == 3);
        fake(1).die();
        Invocation waiting = submit("x", LONG);

        fake(3).fail("MUST is not set");

        assertThat(result(waiting)).contains("Runtime.ExitError").contains("MUST is not set");
    }

    @Test
    void startsThatFailAgainAndAgainPauseLonger() {
        startWarm();
        sandboxes.holdStarts();
        fake(1).die();
        fake(2).die();
        pauses.clear();
        for (int i = 3; i < 7; i++) {
            int count = i;
            await().until(() -> sandboxes.launched().size() >= count);
            fake(i).fail("no");
        }
        await().until(() -> sandboxes.launched().size() == 7);
        fake(7).ask();

        assertThat(pauses).startsWith(1, 2, 3, 4);
        assertThat(text(invoke("x"))).isEqualTo("7");
        assertThat(SandboxPool.Settings.backoff(0)).isZero();
        assertThat(SandboxPool.Settings.backoff(1)).isEqualTo(Duration.ofMillis(200));
        assertThat(SandboxPool.Settings.backoff(1_000)).isEqualTo(Duration.ofMillis(12_800));
    }

    @Test
    void aTimeoutIsToldAtOnceAndTheLateAnswerIsDropped() {
        startWarm();
        Invocation late = submit("hang", Duration.ofMillis(20));

        assertThat(result(late)).contains("Sandbox.Timedout").contains("after 0.02 seconds");
        assertThat(ended).as("it runs on").hasValue(0);
        assertThat(pool.status().inFlight()).isEqualTo(1);

        fake(1).answer(late);

        assertThat(ended).hasValue(1);
        assertThat(result(late)).contains("Sandbox.Timedout");
    }

    @Test
    void aTimeoutCountsFromWhenTheInvocationIsPickedUp() {
        Invocation cold = submit("x", Duration.ofMillis(1));

        await().during(Duration.ofMillis(50)).until(() -> !cold.isDone());
        cold.pickUp();

        await().until(cold::isDone);
        cold.end(new InvocationResult(new byte[0], null));
    }

    @Test
    void theOneThatStandsByServesAsWellWhenTheOtherIsFull() {
        startWarm();
        await().until(() -> sandboxes.launched().size() == 2);
        Invocation first = submit("hang", LONG);
        await().until(first::pickedUp);

        assertThat(text(invoke("x"))).isEqualTo("2");
        await().until(() -> new FunctionStatus("F", 1L, 1, 3L).equals(pool.status()));
    }

    @Test
    void whoDoesNotStartInItsTimeIsGivenUp() {
        sandboxes.holdStarts();
        try (SandboxPool slow = pool(Duration.ofMillis(20))) {
            assertThatThrownBy(slow::start)
                    .isInstanceOf(FunctionStartException.class)
                    .hasMessageContaining("it did not ask for work within");
        }
    }

    @Test
    void nothingWaitsForAClosedOne() {
        startWarm();
        Invocation hanging = submit("hang", LONG);
        await().until(hanging::pickedUp);

        pool.close();

        assertThat(result(hanging)).contains("Runtime.ExitError");
        assertThat(text(invoke("x"))).contains("Runtime.ExitError");
        assertThat(sandboxes.launched()).hasSize(2);
    }

    private SandboxPool pool(Duration startLimit) {
        return new SandboxPool(
                "F",
                new SandboxPool.Settings(
                        1,
                        2,
                        startLimit,
                        failed -> {
                            pauses.add(failed);
                            return Duration.ZERO;
                        }),
                sandboxes);
    }

    private void startWarm() {
        pool.start();
        assertThat(pool.warm()).succeedsWithin(Duration.ofSeconds(5));
    }

    private FakeSandboxes.Fake fake(int pid) {
        return sandboxes.launched().get(pid - 1);
    }

    private Invocation submit(String event, Duration timeout) {
        Invocation invocation =
                new Invocation(
                        event.getBytes(StandardCharsets.UTF_8), timeout, ended::incrementAndGet);
        pool.submit(invocation);
        return invocation;
    }

    private InvocationResult invoke(String event) {
        return outcome(submit(event, LONG));
    }

    private static String result(Invocation invocation) {
        return text(outcome(invocation));
    }

    private static InvocationResult outcome(Invocation invocation) {
        return CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return invocation.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        })
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private static String text(InvocationResult result) {
        return new String(result.payload(), StandardCharsets.UTF_8);
    }
}
