package io.holdfast.local.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Keeps schedules, and calls their targets when they are due. A time that passes while it is not
 * running is made up for once, as soon as it runs.
 *
 * <p>They live in memory, and {@linkplain #keepIn if wanted} in a file.
 */
public final class Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
    private static final Pattern NAME = Pattern.compile("[0-9a-zA-Z-_.]{1,64}");
    private static final String DEFAULT_GROUP = "default";

    private final InstantSource clock;
    private final TargetCalls targets;

    // Guarded by this.
    private final Map<Key, Entry> schedules = new TreeMap<>();
    private final Set<String> groups = new HashSet<>(Set.of(DEFAULT_GROUP));
    private @Nullable ScheduleFile file;

    private record Key(String group, String name) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return Comparator.comparing(Key::group).thenComparing(Key::name).compare(this, other);
        }
    }

    /**
     * @param next when it is due
     * @param token the ClientToken that it was made with
     * @param isKept whether the file has it
     */
    private record Entry(Schedule schedule, Optional<Instant> next, String token, boolean isKept) {
        Entry after(Optional<Instant> later) {
            return new Entry(schedule, later, token, isKept);
        }

        /** What a file keeps of it. */
        ObjectNode write() {
            ObjectNode kept = schedule.write().put("token", token);
            next.ifPresent(due -> kept.put("next", due.toString()));
            return kept;
        }

        static Entry read(JsonNode kept) {
            return new Entry(
                    Schedule.read(kept),
                    Schedule.time(kept, "next"),
                    kept.path("token").asText(),
                    true);
        }
    }

    /** A schedule, and the time that it was due. */
    record Due(Schedule schedule, Instant time) {}

    /** Calls targets. */
    @FunctionalInterface
    interface TargetCalls {
        /** Begins to call the target; does not wait for it. */
        void call(Due due);
    }

    Scheduler(InstantSource clock, TargetCalls targets) {
        this.clock = clock;
        this.targets = targets;
    }

    /** Makes a group, unless it is there. */
    public synchronized void addGroup(String group) {
        groups.add(group);
    }

    /**
     * Keeps the schedules in a file from now on, and takes up what it holds. Those that are there
     * already are not replaced.
     *
     * @throws IllegalArgumentException if it holds something else
     */
    public synchronized void keepIn(Path path) {
        ScheduleFile opened = new ScheduleFile(path);
        for (JsonNode kept : opened.read()) {
            try {
                Entry entry = Entry.read(kept);
                Schedule schedule = entry.schedule();
                schedules.putIfAbsent(new Key(schedule.group(), schedule.name()), entry);
            } catch (RuntimeException e) {
                throw opened.notOurs(e);
            }
        }
        file = opened;
    }

    private synchronized void write() {
        if (file != null) {
            file.write(
                    schedules.values().stream().filter(Entry::isKept).map(Entry::write).toList());
        }
    }

    /**
     * Makes a schedule that whoever starts this makes each time: no file keeps it.
     *
     * @param definition the fields of CreateSchedule
     * @throws SchedulerException if it is there, or a field is wrong
     */
    public synchronized void define(String name, ObjectNode definition) {
        var _ = create(name, definition, false);
    }

    /**
     * Makes a schedule; again with the same ClientToken, nothing happens.
     *
     * @param definition the fields of CreateSchedule
     * @return its ARN
     * @throws SchedulerException if it is there, or a field is wrong
     */
    synchronized String create(String name, ObjectNode definition) {
        return create(name, definition, true);
    }

    private String create(String name, ObjectNode definition, boolean isKept) {
        Key key = key(definition.path("GroupName").asText(""), name);
        String token = definition.path("ClientToken").asText("");
        Entry present = schedules.get(key);
        if (present != null && !token.isEmpty() && token.equals(present.token())) {
            return present.schedule().arn();
        }
        if (present != null) {
            throw SchedulerException.conflict("Schedule " + name + " already exists.");
        }
        Instant now = clock.instant();
        return put(key, definition, now, now, token, isKept).arn();
    }

    /** Replaces a schedule: what the request leaves out is as if it had never been there. */
    synchronized Schedule update(String name, ObjectNode definition) {
        Key key = key(definition.path("GroupName").asText(""), name);
        Entry before = entry(key);
        return put(
                key,
                definition,
                before.schedule().created(),
                clock.instant(),
                before.token(),
                before.isKept());
    }

    synchronized Schedule get(String group, String name) {
        return entry(key(group, name)).schedule();
    }

    synchronized void delete(String group, String name) {
        Key key = key(group, name);
        entry(key);
        schedules.remove(key);
        write();
    }

    /** All schedules, by group and name. */
    synchronized List<Schedule> all() {
        return schedules.values().stream().map(Entry::schedule).toList();
    }

    synchronized boolean hasGroup(String group) {
        return groups.contains(group);
    }

    /** Calls the target of every schedule that is due. Called often. */
    void fireDue() {
        List<Due> due = new ArrayList<>();
        boolean keepsAny = false;
        synchronized (this) {
            Instant now = clock.instant();
            for (Map.Entry<Key, Entry> each : List.copyOf(schedules.entrySet())) {
                Entry entry = each.getValue();
                Optional<Instant> time = entry.next().filter(next -> !next.isAfter(now));
                if (time.isEmpty()) {
                    continue;
                }
                due.add(new Due(entry.schedule(), time.get()));
                keepsAny |= entry.isKept();
                Optional<Instant> next = entry.schedule().next(now);
                if (next.isEmpty() && entry.schedule().endsWithDeletion()) {
                    schedules.remove(each.getKey());
                } else {
                    schedules.put(each.getKey(), entry.after(next));
                }
            }
        }
        due.forEach(targets::call);
        // Whoever dies before this calls them once more, as the service may.
        if (keepsAny) {
            write();
        }
    }

    private Schedule put(
            Key key,
            ObjectNode definition,
            Instant created,
            Instant now,
            String token,
            boolean isKept) {
        JsonNode window = definition.path("FlexibleTimeWindow").path("Mode");
        if (!window.asText().equals("OFF") && !window.asText().equals("FLEXIBLE")) {
            throw SchedulerException.validation("FlexibleTimeWindow.Mode must be OFF or FLEXIBLE.");
        }
        if (window.asText().equals("FLEXIBLE")) {
            LOG.warn("The flexible time window of {} has no effect here", key.name());
        }
        TargetKind.of(definition.path("Target").path("Arn").asText());
        if (definition.path("Target").path("RoleArn").asText().isEmpty()) {
            throw SchedulerException.validation("Target.RoleArn is required.");
        }
        checkRetries(definition.path("Target"));
        Recurrence recurrence = Recurrence.of(definition);
        // StartDate has no say over a schedule that is due once.
        Instant start =
                recurrence instanceof Recurrence.Once
                        ? now
                        : instant(definition, "StartDate").filter(now::isBefore).orElse(now);
        ObjectNode kept = definition.deepCopy();
        kept.remove("ClientToken");
        Schedule schedule =
                new Schedule(
                        key.group(),
                        key.name(),
                        kept,
                        recurrence,
                        start,
                        instant(definition, "EndDate"),
                        created,
                        now);
        // A new schedule may be due at once; a changed one that was due is not due again.
        Instant after = created.equals(now) ? start.minusNanos(1) : now;
        Optional<Instant> next = schedule.next(after);
        schedules.put(key, new Entry(schedule, next, token, isKept));
        write();
        return schedule;
    }

    /** The bounds of the API reference ("RetryPolicy", "DeadLetterConfig"). */
    private static void checkRetries(JsonNode target) {
        JsonNode policy = target.path("RetryPolicy");
        checkNumber(policy, "MaximumEventAgeInSeconds", 60, 86_400);
        checkNumber(policy, "MaximumRetryAttempts", 0, 185);
        JsonNode letters = target.path("DeadLetterConfig").path("Arn");
        if (!letters.isMissingNode() && !letters.asText().startsWith("arn:aws:sqs:")) {
            throw SchedulerException.validation("Target.DeadLetterConfig.Arn must be a queue.");
        }
    }

    private static void checkNumber(JsonNode policy, String field, int least, int most) {
        JsonNode value = policy.path(field);
        if (!value.isMissingNode()
                && (!value.isInt() || value.intValue() < least || value.intValue() > most)) {
            throw SchedulerException.validation(
                    "Target.RetryPolicy.%s must be %d to %d.".formatted(field, least, most));
        }
    }

    private Entry entry(Key key) {
        Entry entry = schedules.get(key);
        if (entry == null) {
            throw SchedulerException.notFound("Schedule " + key.name() + " does not exist.");
        }
        return entry;
    }

    private Key key(String group, String name) {
        if (!NAME.matcher(name).matches()) {
            throw SchedulerException.validation(
                    "The name must be 1 to 64 letters, digits and -_. characters.");
        }
        String named = group.isEmpty() ? DEFAULT_GROUP : group;
        if (!groups.contains(named)) {
            throw SchedulerException.notFound("Schedule group " + named + " does not exist.");
        }
        return new Key(named, name);
    }

    private static Optional<Instant> instant(ObjectNode definition, String field) {
        JsonNode value = definition.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isNumber()) {
            throw SchedulerException.validation(field + " must be a number of seconds.");
        }
        return Optional.of(Instant.ofEpochMilli(Math.round(value.asDouble() * 1_000)));
    }
}
