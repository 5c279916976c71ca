package io.holdfast.schedule;

import io.holdfast.assistant.Wish;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.SessionStore;
import io.holdfast.timetable.Schedule;
import io.holdfast.timetable.Schedule.Last;
import io.holdfast.timetable.Schedule.State;
import io.holdfast.timetable.Schedule.Status;
import io.holdfast.timetable.ScheduleStore;
import io.holdfast.timetable.ScheduleTimer;
import io.holdfast.turn.Begun;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnOptions;
import io.holdfast.turn.TurnStarter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Turns firings of schedules into turns.
 *
 * <p>A firing may come twice (EventBridge Scheduler delivers at least once, and Lambda tries
 * again): the ids of its message and its session follow from its schedule and its time, and so does
 * that of its turn.
 */
final class Firings {
    private static final Logger LOG = LoggerFactory.getLogger(Firings.class);

    /**
     * What is older does not run: 15 minutes with EventBridge Scheduler and 15 with Lambda are the
     * longest way here. What comes later was redriven by hand, for another day perhaps.
     */
    private static final Duration LATEST = ScheduleTimer.DELIVERY.multipliedBy(2);

    /**
     * A busy session is tried again for so long. Lambda's last attempt comes three minutes after
     * the first: it finds this over, and says so, instead of failing for a matter of the user's.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final ScheduleStore schedules;
    private final ScheduleTimer timer;
    private final SessionStore sessions;
    private final TurnStarter starter;
    private final InstantSource clock;

    Firings(
            ScheduleStore schedules,
            ScheduleTimer timer,
            SessionStore sessions,
            TurnStarter starter,
            InstantSource clock) {
        this.schedules = schedules;
        this.timer = timer;
        this.sessions = sessions;
        this.starter = starter;
        this.clock = clock;
    }

    /**
     * Begins the turn of a firing, or finds it.
     *
     * @param time when it was due
     * @throws SessionBusyException if it has to come again
     */
    Fired fire(ScheduleId id, Instant time) {
        Optional<Schedule> found = schedules.find(id);
        if (found.isEmpty()) {
            LOG.info("A schedule fired that was deleted");
            // Whoever crossed its deletion may have made it again there: it would fire for ever.
            timer.remove(id);
            return new Fired.Ignored();
        }
        Schedule schedule = found.get();
        if (schedule.state() == State.PAUSED) {
            LOG.info("A schedule fired that was paused meanwhile");
            return new Fired.Ignored();
        }
        Duration age = Duration.between(time, clock.instant());
        if (age.compareTo(LATEST) > 0) {
            LOG.warn("A firing of {} came too late", time);
            note(schedule, time, Status.MISSED, null);
            return new Fired.Missed();
        }
        SessionId session = session(schedule, time);
        if (schedule.definition().session() != null && !isThere(schedule, session)) {
            return refused(schedule, time, "its session is gone");
        }
        return switch (begin(schedule, session, time)) {
            case Begun.Started(Turn turn) -> started(schedule, time, turn);
            case Begun.Existing(Turn turn) -> started(schedule, time, turn);
            case Begun.Busy() -> {
                if (age.compareTo(PATIENCE) < 0) {
                    throw new SessionBusyException(session);
                }
                LOG.info("A firing of {} found its session busy", time);
                note(schedule, time, Status.BUSY, null);
                yield new Fired.Busy();
            }
            case Begun.Conflict() -> {
                LOG.info("A firing of {} came again after its words were changed", time);
                yield new Fired.Ignored();
            }
            case Begun.Foreign() -> refused(schedule, time, "its session is somebody else's");
            case Begun.Refused nobody -> refused(schedule, time, "nobody can answer it");
            case Begun.NothingToAnswer() -> refused(schedule, time, "it says nothing");
        };
    }

    private Begun begin(Schedule schedule, SessionId session, Instant time) {
        UiMessage message =
                new UiMessage(
                        new MessageId("firing_" + key(schedule, time)),
                        UiMessage.Role.USER,
                        List.of(new MessagePart.Text(schedule.definition().input())),
                        null);
        return starter.begin(
                new Caller(schedule.owner(), schedule.roles()),
                session,
                new TurnInput.Message(message),
                new Wish(schedule.definition().assistant(), null, null),
                // Only an edit or a regeneration is told apart by it.
                new RequestId("schedule"),
                schedule.definition().session() == null ? TurnOptions.JOB : TurnOptions.DEFAULT);
    }

    private Fired started(Schedule schedule, Instant time, Turn turn) {
        starter.start(turn);
        note(schedule, time, Status.STARTED, turn.id());
        return new Fired.Started(turn.id());
    }

    private Fired refused(Schedule schedule, Instant time, String why) {
        LOG.warn("A firing of {} was refused: {}", time, why);
        note(schedule, time, Status.REFUSED, null);
        return new Fired.Refused();
    }

    private void note(Schedule schedule, Instant time, Status status, @Nullable TurnId turn) {
        schedules.note(schedule.id(), new Last(time, status, turn));
    }

    private boolean isThere(Schedule schedule, SessionId session) {
        return sessions.find(session, schedule.owner(), clock.instant())
                instanceof SessionStore.Access.Granted;
    }

    /** Where it is said: where its owner wants it, or in a session of its own. */
    private static SessionId session(Schedule schedule, Instant time) {
        SessionId wanted = schedule.definition().session();
        return wanted == null ? new SessionId("firing_" + key(schedule, time)) : wanted;
    }

    /** The same for the same firing. */
    private static String key(Schedule schedule, Instant time) {
        return Hashes.sha256(schedule.id() + "\n" + time.getEpochSecond()).substring(0, 32);
    }
}
