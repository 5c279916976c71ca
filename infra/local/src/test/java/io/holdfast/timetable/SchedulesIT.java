package io.holdfast.timetable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.local.LocalSystem;
import io.holdfast.local.TestSystems;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.timetable.MortalScheduler.DiedException;
import io.holdfast.timetable.Schedule.Definition;
import io.holdfast.timetable.Schedule.Last;
import io.holdfast.timetable.Schedule.State;
import io.holdfast.timetable.Schedule.Status;
import io.holdfast.timetable.Schedules.Change;
import io.holdfast.timetable.Schedules.Changed;
import io.holdfast.timetable.Schedules.Created;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.scheduler.SchedulerClient;
import software.amazon.awssdk.services.scheduler.model.GetScheduleResponse;
import software.amazon.awssdk.services.scheduler.model.ResourceNotFoundException;
import software.amazon.awssdk.services.scheduler.model.ScheduleState;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Schedules in the record and at EventBridge Scheduler, though functions die in between. */
@Tag("side-by-side")
final class SchedulesIT {
    private static final String GROUP = "holdfast-schedules";
    private static final String YEARLY = "cron(0 8 1 1 ? *)";
    private static final String DAILY = "cron(0 9 * * ? *)";

    /** Six fields, and two of them say which day: only the service knows. */
    private static final String UNKNOWN = "cron(0 8 * * * *)";

    private static final Set<String> ROLES = Set.of("user", "admin");
    private static final int LIMIT = 3;
    private static final Ids IDS = new Ids(new SecureRandom());

    private static final LocalSystem SYSTEM = TestSystems.start(Map.of());
    private static final AwsClients AWS =
            new AwsClients(TestSystems.environment(SYSTEM.endpoints()));
    private static final SchedulerClient REAL = AWS.scheduler();
    private static final ScheduleStore STORE =
            new ScheduleStore(new RecordTable(AWS.dynamoDb(), "RecordTable"));

    private final MortalScheduler mortal = new MortalScheduler(REAL);
    private final UserId alice = new UserId(IDS.next("alice"));
    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final Schedules schedules = schedules(mortal.client());

    @AfterAll
    static void stop() {
        REAL.close();
        SYSTEM.close();
    }

    @Test
    void whatIsMadeIsKnownToBoth() {
        Schedule schedule = made(create(YEARLY));

        assertThat(schedules.find(schedule.id(), alice)).contains(schedule);
        GetScheduleResponse there = there(schedule.id()).orElseThrow();
        assertThat(there.scheduleExpression()).isEqualTo(YEARLY);
        assertThat(there.scheduleExpressionTimezone()).isEqualTo("Europe/Berlin");
        assertThat(there.state()).isEqualTo(ScheduleState.ENABLED);
        assertThat(there.target().retryPolicy().maximumEventAgeInSeconds()).isEqualTo(900);
        assertThat(there.target().deadLetterConfig().arn()).isEqualTo("arn:aws:sqs:::letters");
        assertThat(there.target().input())
                .isEqualTo(
                        "{\"scheduleId\":\"%s\",\"scheduledTime\":\"<aws.scheduler.scheduled-time>\"}"
                                .formatted(schedule.id()));
        assertThat(schedules.find(schedule.id(), new UserId("mallory"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSameAgainFinishesWhatDiedOnItsWay(boolean reached) {
        ScheduleId id = id();
        die("createSchedule", reached);
        assertThatThrownBy(() -> create(id, YEARLY)).isInstanceOf(DiedException.class);
        assertThat(there(id).isPresent()).isEqualTo(reached);

        assertThat(create(id, YEARLY)).isInstanceOf(Created.Before.class);

        assertThat(there(id)).isPresent();
        assertThat(create(id, DAILY)).isInstanceOf(Created.Conflict.class);
        assertThat(listed()).containsExactly(id);
    }

    @Test
    void whoeverLooksLaterFinishesWhatDiedOnItsWay() {
        ScheduleId id = id();
        mortal.dieBefore("createSchedule");
        assertThatThrownBy(() -> create(id, YEARLY)).isInstanceOf(DiedException.class);

        // Somebody may be at it still.
        assertThat(listed()).containsExactly(id);
        assertThat(there(id)).isEmpty();

        now = now.plusSeconds(30);
        assertThat(listed()).containsExactly(id);
        assertThat(there(id)).isPresent();
    }

    @Test
    void whatTheServiceRefusesWasNeverThere() {
        Created refused = create(UNKNOWN);

        assertThat(refused).isInstanceOf(Created.Refused.class);
        assertThat(listed()).isEmpty();
        assertThat(STORE.count(alice)).isZero();
    }

    @Test
    void aChangeThatTheServiceRefusesIsTakenBack() {
        ScheduleId id = made(create(YEARLY)).id();
        assertThat(change(id, new Change("n", UNKNOWN, null, null, State.PAUSED)))
                .isInstanceOf(Changed.Refused.class);

        Schedule schedule = schedules.find(id, alice).orElseThrow();
        assertThat(schedule.definition().timing().expression()).isEqualTo(YEARLY);
        assertThat(schedule.state()).isEqualTo(State.ENABLED);
        assertThat(there(id).orElseThrow().scheduleExpression()).isEqualTo(YEARLY);
        assertThat(change(id, new Change(null, DAILY, null, null, null)))
                .isInstanceOf(Changed.Done.class);
        assertThat(there(id).orElseThrow().scheduleExpression()).isEqualTo(DAILY);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aChangeThatDiedOnItsWayIsFinishedByTheNext(boolean reached) {
        ScheduleId id = made(create(YEARLY)).id();
        die("updateSchedule", reached);
        assertThatThrownBy(() -> change(id, new Change(null, DAILY, null, null, State.PAUSED)))
                .isInstanceOf(DiedException.class);

        assertThat(change(id, new Change("another", null, null, null, null)))
                .isInstanceOf(Changed.Done.class);

        GetScheduleResponse there = there(id).orElseThrow();
        assertThat(there.scheduleExpression()).isEqualTo(DAILY);
        assertThat(there.state()).isEqualTo(ScheduleState.DISABLED);
        assertThat(schedules.find(id, alice).orElseThrow().definition().name())
                .isEqualTo("another");
    }

    @Test
    void aChangeTakesTheRolesOfNow() {
        ScheduleId id = made(create(YEARLY)).id();
        assertThat(STORE.find(id).orElseThrow().roles()).isEqualTo(ROLES);

        assertThat(
                        schedules.change(
                                id, alice, Set.of(), new Change(null, null, null, "other", null)))
                .isInstanceOf(Changed.Done.class);

        assertThat(STORE.find(id).orElseThrow().roles()).isEmpty();
        assertThat(STORE.find(id).orElseThrow().definition().input()).isEqualTo("other");
    }

    @Test
    void whatHasFiredForTheLastTimeCanBeNamedAndPausedButNotGoOn() {
        ScheduleId id = made(create("at(2026-11-20T12:00:00)")).id();
        now = now.plus(Duration.ofDays(1));

        assertThat(change(id, new Change("over", null, null, null, null)))
                .isInstanceOf(Changed.Done.class);
        assertThat(change(id, new Change(null, null, null, null, State.PAUSED)))
                .isInstanceOf(Changed.Done.class);
        assertThat(change(id, new Change(null, null, null, null, State.ENABLED)))
                .isInstanceOf(Changed.Refused.class);
        assertThat(
                        change(
                                id,
                                new Change(
                                        null,
                                        "at(2026-11-22T12:00:00)",
                                        null,
                                        null,
                                        State.ENABLED)))
                .isInstanceOf(Changed.Done.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeletionThatDiedOnItsWayIsFinishedByWhoeverNeedsThePlace(boolean reached) {
        List<ScheduleId> ids =
                Stream.generate(() -> made(create(YEARLY)).id()).limit(LIMIT).toList();
        assertThat(create(YEARLY)).isEqualTo(new Created.Full(LIMIT));
        die("deleteSchedule", reached);
        assertThatThrownBy(() -> schedules.delete(ids.getFirst(), alice))
                .isInstanceOf(DiedException.class);

        // It is gone for its owner, though its place is not free while somebody may be at it.
        assertThat(listed()).hasSize(LIMIT - 1).doesNotContain(ids.getFirst());
        assertThat(schedules.find(ids.getFirst(), alice)).isEmpty();
        assertThat(schedules.delete(ids.getFirst(), alice)).isFalse();
        assertThat(create(YEARLY)).isEqualTo(new Created.Full(LIMIT));

        now = now.plusSeconds(30);
        assertThat(create(YEARLY)).isInstanceOf(Created.Now.class);
        assertThat(there(ids.getFirst())).isEmpty();
        assertThat(STORE.load(ids.getFirst())).isEmpty();
        assertThat(STORE.count(alice)).isEqualTo(LIMIT);
    }

    @Test
    void whatIsDeletedWhileItIsMadeIsNotLeftBehind() {
        ScheduleId id = id();
        mortal.happenBefore(
                "createSchedule", () -> assertThat(schedules(REAL).delete(id, alice)).isTrue());

        assertThatThrownBy(() -> create(id, YEARLY)).isInstanceOf(IllegalStateException.class);

        assertThat(there(id)).isEmpty();
        assertThat(STORE.count(alice)).isZero();
    }

    @Test
    void anOlderChangeThatComesLateDoesNotLast() {
        ScheduleId id = made(create(YEARLY)).id();
        mortal.happenBefore(
                "updateSchedule",
                () ->
                        assertThat(
                                        schedules(REAL)
                                                .change(
                                                        id,
                                                        alice,
                                                        ROLES,
                                                        new Change(
                                                                null,
                                                                "rate(3 days)",
                                                                null,
                                                                null,
                                                                null)))
                                .isInstanceOf(Changed.Done.class));

        assertThat(change(id, new Change(null, DAILY, null, null, null)))
                .isInstanceOf(Changed.Done.class);

        assertThat(there(id).orElseThrow().scheduleExpression()).isEqualTo("rate(3 days)");
        assertThat(STORE.find(id).orElseThrow().definition().timing().expression())
                .isEqualTo("rate(3 days)");
    }

    @Test
    void thoseWhoMakeManyAtOnceDoNotPassTheLimit() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Created>> all =
                    Stream.generate(
                                    () ->
                                            (Callable<Created>)
                                                    () ->
                                                            schedules(REAL)
                                                                    .create(
                                                                            id(),
                                                                            alice,
                                                                            ROLES,
                                                                            definition(YEARLY)))
                            .limit(12)
                            .toList();
            int made = 0;
            for (Future<Created> one : threads.invokeAll(all)) {
                made += isMade(one) ? 1 : 0;
            }

            assertThat(made).isEqualTo(LIMIT);
            assertThat(listed()).hasSize(LIMIT);
            assertThat(STORE.count(alice)).isEqualTo(LIMIT);
        }
    }

    @Test
    void theLatestFiringIsNotedAndTheTurnOfOneThatCameTwice() {
        ScheduleId id = made(create(YEARLY)).id();
        Last busy = new Last(now, Status.BUSY, null);
        Last started = new Last(now, Status.STARTED, new TurnId("turn_12345678"));
        Last later = new Last(now.plusSeconds(60), Status.MISSED, null);

        assertThat(noted(id, busy)).isEqualTo(busy);
        assertThat(noted(id, started)).isEqualTo(started);
        assertThat(noted(id, new Last(now, Status.MISSED, null))).isEqualTo(started);
        assertThat(noted(id, new Last(now.minusSeconds(60), Status.MISSED, null)))
                .isEqualTo(started);
        assertThat(noted(id, later)).isEqualTo(later);

        schedules.delete(id, alice);
        STORE.note(id, started);
        assertThat(STORE.load(id)).isEmpty();
    }

    private static boolean isMade(Future<Created> one) throws InterruptedException {
        return switch (one.state()) {
            case SUCCESS -> one.resultNow() instanceof Created.Now;
            // Whoever others crossed too often may try again.
            case FAILED -> false;
            default -> throw new AssertionError(one.state());
        };
    }

    private Last noted(ScheduleId id, Last last) {
        STORE.note(id, last);
        return Objects.requireNonNull(STORE.find(id).orElseThrow().last());
    }

    private void die(String call, boolean reached) {
        if (reached) {
            mortal.dieAfter(call);
        } else {
            mortal.dieBefore(call);
        }
    }

    private Created create(String expression) {
        return create(id(), expression);
    }

    private Created create(ScheduleId id, String expression) {
        return schedules.create(id, alice, ROLES, definition(expression));
    }

    private Changed change(ScheduleId id, Change change) {
        return schedules.change(id, alice, ROLES, change);
    }

    private List<ScheduleId> listed() {
        return schedules.list(alice, 100, null).schedules().stream().map(Schedule::id).toList();
    }

    private static Schedule made(Created created) {
        assertThat(created).isInstanceOf(Created.Now.class);
        return ((Created.Now) created).schedule();
    }

    private static ScheduleId id() {
        return new ScheduleId(IDS.next("schedule"));
    }

    private static Definition definition(String expression) {
        return new Definition(
                "morning", new Timing(expression, "Europe/Berlin"), "hello", null, null);
    }

    /** What EventBridge Scheduler knows. */
    private static Optional<GetScheduleResponse> there(ScheduleId id) {
        try {
            return Optional.of(REAL.getSchedule(b -> b.groupName(GROUP).name(id.value())));
        } catch (ResourceNotFoundException e) {
            return Optional.empty();
        }
    }

    private Schedules schedules(SchedulerClient client) {
        return new Schedules(
                STORE,
                new ScheduleTimer(client, GROUP, Pause.REAL, new SecureRandom()),
                new ScheduleTimer.Target(
                        "arn:aws:lambda:us-east-1:000000000000:function:ScheduleFunction",
                        "arn:aws:iam::000000000000:role/ScheduleRole",
                        "arn:aws:sqs:::letters"),
                new Schedules.Limits(LIMIT, Duration.ofMinutes(5)),
                () -> now,
                Pause.REAL,
                new SecureRandom());
    }
}
