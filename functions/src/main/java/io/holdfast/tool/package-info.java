/** What assistants can do: registry, policy, and the kinds of tool. */
@NullMarked
package io.holdfast.tool;

import org.jspecify.annotations.NullMarked;
