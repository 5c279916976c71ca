/** Long-running work: its start at an outside service, its completions, what came of it. */
@NullMarked
package io.holdfast.operation;

import org.jspecify.annotations.NullMarked;
