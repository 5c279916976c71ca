/** EventBridge Scheduler: a timer behind the real service API. */
@NullMarked
package io.holdfast.local.scheduler;

import org.jspecify.annotations.NullMarked;
