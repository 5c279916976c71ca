/**
 * Schedules: what the record and EventBridge Scheduler keep of them.
 *
 * <p>Below both doors that need it: {@code api} makes schedules, {@code schedule} takes what they
 * fire, and a door does not use another.
 */
@NullMarked
package io.holdfast.timetable;

import org.jspecify.annotations.NullMarked;
