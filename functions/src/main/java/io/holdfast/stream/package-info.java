/** The replayable stream of a turn, and its delivery to subscribers. */
@NullMarked
package io.holdfast.stream;

import org.jspecify.annotations.NullMarked;
