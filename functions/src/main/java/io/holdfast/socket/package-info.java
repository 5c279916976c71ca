/** The WebSocket door: decodes a frame, calls one plain class, answers with frames. */
@NullMarked
package io.holdfast.socket;

import org.jspecify.annotations.NullMarked;
