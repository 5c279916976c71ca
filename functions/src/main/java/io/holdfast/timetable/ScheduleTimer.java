package io.holdfast.timetable;

import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Json;
import io.holdfast.platform.Pause;
import io.holdfast.platform.ScheduleId;

import software.amazon.awssdk.services.scheduler.SchedulerClient;
import software.amazon.awssdk.services.scheduler.model.ActionAfterCompletion;
import software.amazon.awssdk.services.scheduler.model.ConflictException;
import software.amazon.awssdk.services.scheduler.model.FlexibleTimeWindow;
import software.amazon.awssdk.services.scheduler.model.FlexibleTimeWindowMode;
import software.amazon.awssdk.services.scheduler.model.ResourceNotFoundException;
import software.amazon.awssdk.services.scheduler.model.ScheduleState;
import software.amazon.awssdk.services.scheduler.model.SchedulerException;
import software.amazon.awssdk.services.scheduler.model.ValidationException;

import java.time.Duration;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * What EventBridge Scheduler keeps of schedules: when each fires, and that it calls the schedule
 * function then, with {@code {scheduleId, scheduledTime}}. A schedule is named by its id there, so
 * whatever is done can be done again.
 */
public final class ScheduleTimer {
    /**
     * How long EventBridge Scheduler tries to hand over a firing: long enough for a function that
     * is throttled, and shorter than anybody would wait for a message of the hour.
     */
    public static final Duration DELIVERY = Duration.ofMinutes(15);

    /** The service's most: the time above is what ends it (API reference, "RetryPolicy"). */
    private static final int RETRIES = 185;

    /** How often a change that others crossed, or found nothing to change, is tried again. */
    private static final int CROSSINGS = 4;

    private final SchedulerClient scheduler;
    private final String group;
    private final Pause pause;
    private final RandomGenerator random;

    /** The schedules of this group. */
    public ScheduleTimer(
            SchedulerClient scheduler, String group, Pause pause, RandomGenerator random) {
        this.scheduler = scheduler;
        this.group = group;
        this.pause = pause;
        this.random = random;
    }

    /**
     * Whom a schedule calls.
     *
     * @param functionArn the schedule function
     * @param roleArn what EventBridge Scheduler calls it as
     * @param deadLettersArn the queue of firings that it could not hand over
     */
    public record Target(String functionArn, String roleArn, String deadLettersArn) {
        /**
         * Reads {@code SCHEDULE_FUNCTION_ARN}, {@code SCHEDULE_ROLE_ARN} and {@code
         * SCHEDULE_DEAD_LETTERS_ARN}.
         */
        public static Target from(ConfigReader config) {
            return new Target(
                    config.text("SCHEDULE_FUNCTION_ARN"),
                    config.text("SCHEDULE_ROLE_ARN"),
                    config.text("SCHEDULE_DEAD_LETTERS_ARN"));
        }
    }

    /** Makes it forget a schedule, if it knows it. */
    public void remove(ScheduleId id) {
        try {
            scheduler.deleteSchedule(request -> request.groupName(group).name(id.value()));
        } catch (ResourceNotFoundException e) {
            // That is what the caller wanted.
        }
    }

    /** What became of telling it of a schedule. */
    enum Put {
        DONE,
        /** It does not take the expression or the time zone. */
        REFUSED
    }

    /** Tells it of a schedule, whether it knows it or not. */
    Put put(StoredSchedule stored, Target target) {
        boolean isNew = stored.applied() == 0;
        for (int crossing = 1; ; crossing++) {
            try {
                if (isNew) {
                    create(stored, target);
                } else {
                    update(stored, target);
                }
                return Put.DONE;
            } catch (ConflictException | ResourceNotFoundException e) {
                if (crossing == CROSSINGS) {
                    throw e;
                }
                // There is one already: of an attempt that died, or another is at it. Or none.
                isNew = e instanceof ResourceNotFoundException;
                pause.pause(Duration.ofMillis(random.nextInt(20, 80)));
            } catch (ValidationException e) {
                if (isAboutTiming(e)) {
                    return Put.REFUSED;
                }
                throw e;
            }
        }
    }

    private void create(StoredSchedule stored, Target target) {
        Timing timing = stored.schedule().definition().timing();
        var _ =
                scheduler.createSchedule(
                        request ->
                                request.groupName(group)
                                        .name(stored.schedule().id().value())
                                        .clientToken(token(stored))
                                        .scheduleExpression(timing.expression())
                                        .scheduleExpressionTimezone(timing.timezone())
                                        .flexibleTimeWindow(ON_TIME)
                                        .state(state(stored))
                                        // What has fired for the last time is still shown.
                                        .actionAfterCompletion(ActionAfterCompletion.NONE)
                                        .target(target(stored, target)));
    }

    private void update(StoredSchedule stored, Target target) {
        Timing timing = stored.schedule().definition().timing();
        var _ =
                scheduler.updateSchedule(
                        request ->
                                request.groupName(group)
                                        .name(stored.schedule().id().value())
                                        .clientToken(token(stored))
                                        .scheduleExpression(timing.expression())
                                        .scheduleExpressionTimezone(timing.timezone())
                                        .flexibleTimeWindow(ON_TIME)
                                        .state(state(stored))
                                        .actionAfterCompletion(ActionAfterCompletion.NONE)
                                        .target(target(stored, target)));
    }

    private static final FlexibleTimeWindow ON_TIME =
            FlexibleTimeWindow.builder().mode(FlexibleTimeWindowMode.OFF).build();

    /** The same for the same version, and 64 characters: the most that the service takes. */
    private static String token(StoredSchedule stored) {
        return Hashes.sha256(
                stored.schedule().id()
                        + "\n"
                        + stored.schedule().createdAt().toEpochMilli()
                        + "\n"
                        + stored.version());
    }

    private static ScheduleState state(StoredSchedule stored) {
        return switch (stored.schedule().state()) {
            case ENABLED -> ScheduleState.ENABLED;
            case PAUSED -> ScheduleState.DISABLED;
        };
    }

    private static software.amazon.awssdk.services.scheduler.model.Target target(
            StoredSchedule stored, Target target) {
        String input =
                Json.write(
                        Json.object()
                                .put("scheduleId", stored.schedule().id().value())
                                .put("scheduledTime", "<aws.scheduler.scheduled-time>"));
        return software.amazon.awssdk.services.scheduler.model.Target.builder()
                .arn(target.functionArn())
                .roleArn(target.roleArn())
                .input(input)
                .retryPolicy(
                        policy ->
                                policy.maximumEventAgeInSeconds((int) DELIVERY.toSeconds())
                                        .maximumRetryAttempts(RETRIES))
                .deadLetterConfig(letters -> letters.arn(target.deadLettersArn()))
                .build();
    }

    /** What else is not valid, the role perhaps, is a fault of the installation. */
    private static boolean isAboutTiming(SchedulerException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("expression") || message.contains("zone");
    }
}
