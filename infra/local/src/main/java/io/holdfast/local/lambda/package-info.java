/** Lambda: functions in process, or each in JVMs of its own, behind the real Invoke API. */
@NullMarked
package io.holdfast.local.lambda;

import org.jspecify.annotations.NullMarked;
