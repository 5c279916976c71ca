/** Assistants: system prompt, model and limits by configuration. */
@NullMarked
package io.holdfast.assistant;

import org.jspecify.annotations.NullMarked;
