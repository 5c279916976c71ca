package io.holdfast.timetable;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A schedule as the record has it, and how far EventBridge Scheduler has heard of it.
 *
 * @param request a hash of what its creation asked for
 * @param version counts the changes, so that two of them cannot cross
 * @param applied the version that EventBridge Scheduler has; 0 before it has any
 * @param before what EventBridge Scheduler has, in case it refuses the change; absent if it has
 *     this version or none
 * @param changedAt when it was made or changed last
 * @param deleted whether it is to be forgotten
 */
record StoredSchedule(
        Schedule schedule,
        String request,
        long version,
        long applied,
        @Nullable Before before,
        Instant changedAt,
        boolean deleted) {

    /** What a change took the place of. */
    record Before(Timing timing, Schedule.State state) {}

    /** Whether EventBridge Scheduler has it as it is. */
    boolean isApplied() {
        return applied == version;
    }
}
