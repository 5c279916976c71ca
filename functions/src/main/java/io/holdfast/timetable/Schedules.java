package io.holdfast.timetable;

import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Json;
import io.holdfast.platform.Pause;
import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.UserId;
import io.holdfast.timetable.Schedule.Definition;
import io.holdfast.timetable.Schedule.State;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Makes, changes and deletes the schedules of users: first in the record, then at EventBridge
 * Scheduler.
 *
 * <p>What dies in between is settled by whoever comes next: the record says what is wanted, and
 * telling EventBridge Scheduler again changes nothing. What it refuses is taken back.
 */
public final class Schedules {
    private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);

    /** The HTTP function lives for 29 s: whoever was at it is gone by then. */
    private static final Duration ABANDONED = Duration.ofSeconds(30);

    /** How often a change that others crossed is tried again. */
    private static final int CROSSINGS = 6;

    /** So many are read at once. */
    private static final int PAGE = 100;

    private final ScheduleStore store;
    private final ScheduleTimer timer;
    private final ScheduleTimer.Target target;
    private final Limits limits;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    /**
     * What users may have.
     *
     * @param perUser how many schedules
     * @param shortest the least time between two firings of one
     */
    public record Limits(int perUser, Duration shortest) {
        /** Reads {@code SCHEDULES_PER_USER} and {@code SCHEDULE_MINUTES}. */
        public static Limits from(ConfigReader config) {
            return new Limits(
                    config.positive("SCHEDULES_PER_USER", 20),
                    Duration.ofMinutes(config.positive("SCHEDULE_MINUTES", 5)));
        }
    }

    /** Schedules that call this target. */
    public Schedules(
            ScheduleStore store,
            ScheduleTimer timer,
            ScheduleTimer.Target target,
            Limits limits,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        this.store = store;
        this.timer = timer;
        this.target = target;
        this.limits = limits;
        this.clock = clock;
        this.pause = pause;
        this.random = random;
    }

    /** What became of making a schedule. */
    public sealed interface Created {
        /** It is new. */
        record Now(Schedule schedule) implements Created {}

        /** The same was asked for before, under the same id. */
        record Before(Schedule schedule) implements Created {}

        /** Something else was asked for under the same id. */
        record Conflict() implements Created {}

        /** The user has as many as one may have. */
        record Full(int limit) implements Created {}

        /**
         * It would never fire, or too often.
         *
         * @param reason in words for the client
         */
        record Refused(String reason) implements Created {}
    }

    /**
     * Makes a schedule; again with the same id, finds it.
     *
     * @param roles what its owner is: what it fires with
     */
    public Created create(ScheduleId id, UserId owner, Set<String> roles, Definition definition) {
        String request = hash(definition);
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<StoredSchedule> known = store.load(id);
            if (known.isPresent() && !known.get().deleted()) {
                return known.get().request().equals(request)
                        ? settled(known.get(), true)
                        : new Created.Conflict();
            }
            if (known.isPresent()) {
                var _ = settle(known.get());
                continue;
            }
            Instant now = clock.instant();
            Optional<String> refusal = definition.timing().refusal(now, limits.shortest());
            if (refusal.isPresent()) {
                return new Created.Refused(refusal.get());
            }
            StoredSchedule stored =
                    new StoredSchedule(
                            new Schedule(id, owner, roles, definition, State.ENABLED, now, null),
                            request,
                            1,
                            0,
                            null,
                            now,
                            false);
            if (store.create(stored, limits.perUser())) {
                return settled(stored, false);
            }
            if (store.count(owner) >= limits.perUser() && !forgetAbandoned(owner)) {
                return new Created.Full(limits.perUser());
            }
            rest();
        }
        throw crossed();
    }

    private Created settled(StoredSchedule stored, boolean before) {
        return switch (settle(stored)) {
            case Settled.Done(Schedule schedule) ->
                    before ? new Created.Before(schedule) : new Created.Now(schedule);
            case Settled.Refused(String reason) -> new Created.Refused(reason);
            case Settled.Gone() -> throw crossed();
        };
    }

    /** The schedule of an id, if it is the user's. */
    public Optional<Schedule> find(ScheduleId id, UserId user) {
        return store.load(id)
                .filter(stored -> stored.schedule().owner().equals(user))
                .flatMap(this::current);
    }

    /**
     * Some schedules.
     *
     * @param next the place to go on from, absent after the last
     */
    public record Listed(List<Schedule> schedules, @Nullable String next) {
        public Listed {
            schedules = List.copyOf(schedules);
        }
    }

    /**
     * The schedules of a user, the newest first.
     *
     * @param after the place that the page before ended with, absent for the first
     */
    public Listed list(UserId user, int limit, @Nullable String after) {
        ScheduleStore.Page page = store.list(user, limit, after);
        List<Schedule> schedules = new ArrayList<>();
        page.schedules().forEach(stored -> current(stored).ifPresent(schedules::add));
        return new Listed(schedules, page.next());
    }

    /**
     * What is to be another; absent where nothing is.
     *
     * @param expression of the timing
     */
    public record Change(
            @Nullable String name,
            @Nullable String expression,
            @Nullable String timezone,
            @Nullable String input,
            @Nullable State state) {

        private Definition of(Definition before) {
            return new Definition(
                    name == null ? before.name() : name,
                    new Timing(
                            expression == null ? before.timing().expression() : expression,
                            timezone == null ? before.timing().timezone() : timezone),
                    input == null ? before.input() : input,
                    before.assistant(),
                    before.session());
        }
    }

    /** What became of changing a schedule. */
    public sealed interface Changed {
        /** It is as it was wished. */
        record Done(Schedule schedule) implements Changed {}

        /**
         * It would never fire, or too often: it is as it was.
         *
         * @param reason in words for the client
         */
        record Refused(String reason) implements Changed {}

        /** The user has no such schedule. */
        record Absent() implements Changed {}
    }

    /**
     * Changes a schedule of a user's.
     *
     * @param roles what its owner is now: what it fires with from now on
     */
    public Changed change(ScheduleId id, UserId owner, Set<String> roles, Change change) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<StoredSchedule> known = owned(id, owner);
            if (known.isEmpty()) {
                return new Changed.Absent();
            }
            StoredSchedule stored = known.get();
            if (!stored.isApplied()) {
                var _ = settle(stored);
                continue;
            }
            Schedule schedule = stored.schedule();
            Definition definition = change.of(schedule.definition());
            State state = change.state() == null ? schedule.state() : change.state();
            boolean retimed = !definition.timing().equals(schedule.definition().timing());
            boolean timed = retimed || state != schedule.state();
            Instant now = clock.instant();
            // What has fired for the last time can still be named, or paused.
            Optional<String> refusal =
                    retimed || (timed && state == State.ENABLED)
                            ? definition.timing().refusal(now, limits.shortest())
                            : Optional.empty();
            if (refusal.isPresent()) {
                return new Changed.Refused(refusal.get());
            }
            Optional<StoredSchedule> changed =
                    store.change(stored, roles, definition, state, timed, now);
            if (changed.isPresent()) {
                return switch (settle(changed.get())) {
                    case Settled.Done(Schedule done) -> new Changed.Done(done);
                    case Settled.Refused(String reason) -> new Changed.Refused(reason);
                    case Settled.Gone() -> new Changed.Absent();
                };
            }
            rest();
        }
        throw crossed();
    }

    /** Deletes a schedule of a user's; false if there is none. What it has begun goes on. */
    public boolean delete(ScheduleId id, UserId owner) {
        if (owned(id, owner).isEmpty()) {
            return false;
        }
        store.delete(id, clock.instant());
        store.load(id).ifPresent(this::settle);
        return true;
    }

    private Optional<StoredSchedule> owned(ScheduleId id, UserId owner) {
        return store.load(id)
                .filter(stored -> stored.schedule().owner().equals(owner) && !stored.deleted());
    }

    /** The schedule as it is once what was abandoned is settled. */
    private Optional<Schedule> current(StoredSchedule stored) {
        if (isAbandoned(stored)) {
            return settle(stored) instanceof Settled.Done(Schedule schedule)
                    ? Optional.of(schedule)
                    : store.find(stored.schedule().id());
        }
        return stored.deleted() ? Optional.empty() : Optional.of(stored.schedule());
    }

    /** Whether somebody died before EventBridge Scheduler heard of it. */
    private boolean isAbandoned(StoredSchedule stored) {
        return (stored.deleted() || !stored.isApplied())
                && !stored.changedAt().plus(ABANDONED).isAfter(clock.instant());
    }

    /** Settles what was abandoned; whether the user has fewer schedules for it. */
    private boolean forgetAbandoned(UserId user) {
        long before = store.count(user);
        String after = null;
        do {
            ScheduleStore.Page page = store.list(user, PAGE, after);
            page.schedules().stream().filter(this::isAbandoned).forEach(this::settle);
            after = page.next();
        } while (after != null);
        return store.count(user) < before;
    }

    /** How a schedule is when the record and EventBridge Scheduler agree on it. */
    private sealed interface Settled {
        /** Both have it. */
        record Done(Schedule schedule) implements Settled {}

        /** It was refused, and is as it was before: or is not, if it was new. */
        record Refused(String reason) implements Settled {}

        /** Neither has it. */
        record Gone() implements Settled {}
    }

    /** Has EventBridge Scheduler know what the record says. */
    private Settled settle(StoredSchedule read) {
        ScheduleId id = read.schedule().id();
        StoredSchedule stored = read;
        boolean late = false;
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            if (stored.deleted()) {
                timer.remove(id);
                if (store.remove(stored)) {
                    return new Settled.Gone();
                }
            } else if (stored.isApplied() && !late) {
                return new Settled.Done(stored.schedule());
            } else {
                switch (timer.put(stored, target)) {
                    case DONE -> {
                        if (store.applied(stored)) {
                            return new Settled.Done(stored.schedule());
                        }
                    }
                    case REFUSED -> {
                        takeBack(stored);
                        return new Settled.Refused(
                                "schedule or timezone is not what EventBridge Scheduler takes: look"
                                        + " at each field of the expression.");
                    }
                }
            }
            // Another was faster, and counts; what we told may have come after what it told.
            late = true;
            Optional<StoredSchedule> now = store.load(id);
            if (now.isEmpty()) {
                // Ours may have come after its removal.
                timer.remove(id);
                return new Settled.Gone();
            }
            stored = now.get();
            rest();
        }
        throw crossed();
    }

    private void takeBack(StoredSchedule refused) {
        StoredSchedule.Before before = refused.before();
        if (before == null) {
            var _ = store.remove(refused);
        } else {
            store.restore(refused, before);
        }
        LOG.info("A timing of {} was refused", refused.schedule().id());
    }

    private void rest() {
        pause.pause(Duration.ofMillis(random.nextInt(5, 40)));
    }

    private static IllegalStateException crossed() {
        return new IllegalStateException("Others crossed what was done to a schedule");
    }

    /** What was asked for, as a hash. */
    private static String hash(Definition definition) {
        return Hashes.sha256(
                Json.write(
                        Json.MAPPER
                                .createArrayNode()
                                .add(definition.name())
                                .add(definition.timing().expression())
                                .add(definition.timing().timezone())
                                .add(definition.input())
                                .add(definition.assistant())
                                .add(
                                        definition.session() == null
                                                ? null
                                                : definition.session().value())));
    }
}
