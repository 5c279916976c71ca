package io.holdfast.timetable;

import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.timetable.Schedule.Definition;
import io.holdfast.timetable.Schedule.Last;
import io.holdfast.timetable.Schedule.State;
import io.holdfast.timetable.StoredSchedule.Before;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Schedules in the record.
 *
 * <p>Items: {@code SCHEDULE} under {@code SCHEDULE#<id>}; under {@code USER#<id>}, {@code
 * SCHEDULE#<time>#<id>} to list them, and {@code SCHEDULES} with their number.
 */
public final class ScheduleStore {
    private static final String SCHEDULE = "SCHEDULE";
    private static final String OF_USER = "SCHEDULE#";
    private static final String COUNT = "SCHEDULES";

    private final RecordTable table;

    /** The schedules in this table. */
    public ScheduleStore(RecordTable table) {
        this.table = table;
    }

    /** The schedule of an id, whoever owns it, unless it has been deleted. */
    public Optional<Schedule> find(ScheduleId id) {
        return load(id).filter(stored -> !stored.deleted()).map(StoredSchedule::schedule);
    }

    /**
     * Notes what became of a firing. The latest counts; of one that comes twice, the turn that it
     * began.
     */
    public void note(ScheduleId id, Last last) {
        Item values =
                Item.empty()
                        .time("at", last.at())
                        .text("status", last.status().wireName())
                        .text("started", Schedule.Status.STARTED.wireName());
        String turn = " REMOVE lastTurn";
        if (last.turn() != null) {
            values.text("turn", last.turn().value());
            turn = ", lastTurn = :turn";
        }
        var _ =
                table.update(
                        pk(id),
                        SCHEDULE,
                        new Change(
                                "SET lastAt = :at, lastStatus = :status" + turn,
                                "attribute_exists(pk) AND (attribute_not_exists(lastAt) OR lastAt <"
                                        + " :at OR (lastAt = :at AND lastStatus <> :started))",
                                List.of(),
                                values));
    }

    /** The schedule of an id, though it be deleted. */
    Optional<StoredSchedule> load(ScheduleId id) {
        return table.get(pk(id), SCHEDULE).map(item -> decode(id, item));
    }

    /**
     * Stores a new schedule; false if there is one of its id, if the user has as many as one may
     * have, or if another write crossed this one.
     */
    boolean create(StoredSchedule stored, int limit) {
        Schedule schedule = stored.schedule();
        Definition definition = schedule.definition();
        Item item =
                Item.at(pk(schedule.id()), SCHEDULE)
                        .text("owner", schedule.owner().value())
                        .text("roles", roles(schedule.roles()))
                        .text("name", definition.name())
                        .text("expression", definition.timing().expression())
                        .text("timezone", definition.timing().timezone())
                        .text("input", definition.input())
                        .text("assistant", definition.assistant())
                        .text(
                                "session",
                                definition.session() == null ? null : definition.session().value())
                        .text("state", schedule.state().wireName())
                        .text("request", stored.request())
                        .number("version", stored.version())
                        .number("applied", stored.applied())
                        .time("createdAt", schedule.createdAt())
                        .time("changedAt", stored.changedAt());
        Item listed =
                Item.at(userPk(schedule.owner()), OF_USER + place(schedule))
                        .text("schedule", schedule.id().value());
        Change counting =
                new Change(
                        "ADD #count :one",
                        "attribute_not_exists(#count) OR #count < :limit",
                        List.of("count"),
                        Item.empty().number("one", 1).number("limit", limit));
        return table.transact(
                List.of(
                        table.creating(item),
                        table.putting(listed),
                        table.changing(userPk(schedule.owner()), COUNT, counting)));
    }

    /** How many schedules a user has, with those that are to be forgotten. */
    long count(UserId user) {
        return table.get(userPk(user), COUNT)
                .flatMap(item -> item.optionalNumber("count"))
                .orElse(0L);
    }

    /**
     * Stores a change of a schedule that EventBridge Scheduler has as it is; empty if another came
     * first.
     *
     * @param timed whether EventBridge Scheduler must hear of it
     */
    Optional<StoredSchedule> change(
            StoredSchedule known,
            Set<String> roles,
            Definition definition,
            State state,
            boolean timed,
            Instant now) {
        Schedule schedule = known.schedule();
        Timing timing = schedule.definition().timing();
        Item values =
                Item.empty()
                        .text("name", definition.name())
                        .text("expression", definition.timing().expression())
                        .text("timezone", definition.timing().timezone())
                        .text("input", definition.input())
                        .text("state", state.wireName())
                        .number("version", known.version() + 1)
                        .number("known", known.version())
                        .time("changedAt", now);
        String set =
                "SET #name = :name, #expression = :expression, #timezone = :timezone, #input ="
                        + " :input, #state = :state, version = :version, changedAt = :changedAt";
        if (timed) {
            values.text("beforeExpression", timing.expression())
                    .text("beforeTimezone", timing.timezone())
                    .text("beforeState", schedule.state().wireName());
            set +=
                    ", beforeExpression = :beforeExpression, beforeTimezone = :beforeTimezone,"
                            + " beforeState = :beforeState";
        } else {
            set += ", applied = :version";
        }
        if (roles.isEmpty()) {
            set += " REMOVE #roles";
        } else {
            values.text("roles", roles(roles));
            set += ", #roles = :roles";
        }
        return update(
                schedule.id(),
                new Change(
                        set,
                        "version = :known AND applied = :known AND attribute_not_exists(deleted)",
                        List.of("name", "expression", "timezone", "input", "state", "roles"),
                        values));
    }

    /** Stores that EventBridge Scheduler has this version; false if it is not the latest. */
    boolean applied(StoredSchedule stored) {
        return update(
                        stored.schedule().id(),
                        new Change(
                                "SET applied = :version REMOVE beforeExpression, beforeTimezone,"
                                        + " beforeState",
                                "version = :version AND attribute_not_exists(deleted)",
                                List.of(),
                                Item.empty().number("version", stored.version())))
                .isPresent();
    }

    /** Takes back a change that EventBridge Scheduler refuses, unless another came since. */
    void restore(StoredSchedule refused, Before before) {
        var _ =
                update(
                        refused.schedule().id(),
                        new Change(
                                "SET #expression = :expression, #timezone = :timezone, #state ="
                                        + " :state, version = :version, applied = :version REMOVE"
                                        + " beforeExpression, beforeTimezone, beforeState",
                                "version = :known AND attribute_not_exists(deleted)",
                                List.of("expression", "timezone", "state"),
                                Item.empty()
                                        .text("expression", before.timing().expression())
                                        .text("timezone", before.timing().timezone())
                                        .text("state", before.state().wireName())
                                        .number("version", refused.version() + 1)
                                        .number("known", refused.version())));
    }

    /** Stores that a schedule is to be forgotten: from now on it is not there. */
    void delete(ScheduleId id, Instant now) {
        var _ =
                update(
                        id,
                        new Change(
                                "SET deleted = :one, changedAt = :now ADD version :one",
                                "attribute_exists(pk) AND attribute_not_exists(deleted)",
                                List.of(),
                                Item.empty().number("one", 1).time("now", now)));
    }

    /** Forgets a schedule; false if it is not the one that was read. */
    boolean remove(StoredSchedule stored) {
        Schedule schedule = stored.schedule();
        Change uncounting =
                new Change(
                        "ADD #count :less",
                        "#count > :none",
                        List.of("count"),
                        Item.empty().number("less", -1).number("none", 0));
        return table.transact(
                List.of(
                        table.removing(
                                pk(schedule.id()),
                                SCHEDULE,
                                "version = :version",
                                Item.empty().number("version", stored.version())),
                        table.deleting(userPk(schedule.owner()), OF_USER + place(schedule)),
                        table.changing(userPk(schedule.owner()), COUNT, uncounting)));
    }

    /**
     * Some schedules, with those that are to be forgotten.
     *
     * @param next the place to go on from, absent after the last
     */
    record Page(List<StoredSchedule> schedules, @Nullable String next) {
        Page {
            schedules = List.copyOf(schedules);
        }
    }

    /**
     * The schedules of a user, the newest first.
     *
     * @param after the place that the page before ended with, absent for the first
     */
    Page list(UserId user, int limit, @Nullable String after) {
        RecordTable.Page page =
                table.query(
                        userPk(user),
                        OF_USER,
                        OF_USER + Character.MAX_VALUE,
                        false,
                        limit,
                        after == null ? null : Item.at(userPk(user), OF_USER + after).attributes());
        List<StoredSchedule> schedules = new ArrayList<>();
        page.items()
                .forEach(
                        item ->
                                load(new ScheduleId(item.text("schedule")))
                                        .ifPresent(schedules::add));
        boolean isLast = page.next() == null || page.items().isEmpty();
        return new Page(
                schedules,
                isLast ? null : page.items().getLast().text("sk").substring(OF_USER.length()));
    }

    private Optional<StoredSchedule> update(ScheduleId id, Change change) {
        return table.update(pk(id), SCHEDULE, change).map(item -> decode(id, item));
    }

    /** Where a schedule stands among those of its owner: by the time of its beginning. */
    private static String place(Schedule schedule) {
        return "%015d#%s".formatted(schedule.createdAt().toEpochMilli(), schedule.id());
    }

    private static @Nullable String roles(Set<String> roles) {
        return roles.isEmpty() ? null : String.join("\n", roles);
    }

    private static StoredSchedule decode(ScheduleId id, Item item) {
        Schedule schedule =
                new Schedule(
                        id,
                        new UserId(item.text("owner")),
                        item.optionalText("roles").stream()
                                .flatMap(String::lines)
                                .collect(Collectors.toUnmodifiableSet()),
                        new Definition(
                                item.text("name"),
                                new Timing(item.text("expression"), item.text("timezone")),
                                item.text("input"),
                                item.optionalText("assistant").orElse(null),
                                item.optionalText("session").map(SessionId::new).orElse(null)),
                        state(item.text("state")),
                        item.time("createdAt"),
                        item.optionalNumber("lastAt")
                                .map(Instant::ofEpochMilli)
                                .map(
                                        at ->
                                                new Last(
                                                        at,
                                                        Schedule.Status.of(item.text("lastStatus")),
                                                        item.optionalText("lastTurn")
                                                                .map(TurnId::new)
                                                                .orElse(null)))
                                .orElse(null));
        return new StoredSchedule(
                schedule,
                item.text("request"),
                item.number("version"),
                item.number("applied"),
                item.optionalText("beforeExpression")
                        .map(
                                expression ->
                                        new Before(
                                                new Timing(expression, item.text("beforeTimezone")),
                                                state(item.text("beforeState"))))
                        .orElse(null),
                item.time("changedAt"),
                item.optionalNumber("deleted").isPresent());
    }

    private static State state(String wireName) {
        return State.of(wireName).orElseThrow();
    }

    private static String pk(ScheduleId id) {
        return "SCHEDULE#" + id;
    }

    private static String userPk(UserId user) {
        return "USER#" + user;
    }
}
