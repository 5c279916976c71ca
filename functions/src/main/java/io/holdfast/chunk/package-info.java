/** UI message chunks and UI messages, as the AI SDK defines them. */
@NullMarked
package io.holdfast.chunk;

import org.jspecify.annotations.NullMarked;
