/** Work that outside services do: its start, its completions, and what follows them. */
@NullMarked
package io.holdfast.operation;

import org.jspecify.annotations.NullMarked;
