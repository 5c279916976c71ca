/** The door of EventBridge Scheduler: a firing comes in, and is a turn. */
@NullMarked
package io.holdfast.schedule;

import org.jspecify.annotations.NullMarked;
