/** Lambda: functions in process, behind the real Invoke API. */
@NullMarked
package io.holdfast.local.lambda;

import org.jspecify.annotations.NullMarked;
