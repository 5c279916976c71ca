/** Other programs that live no longer than this one. */
@NullMarked
package io.holdfast.local.process;

import org.jspecify.annotations.NullMarked;
