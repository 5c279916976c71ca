/** A real redis-server, started and ended with the system. */
@NullMarked
package io.holdfast.local.redis;

import org.jspecify.annotations.NullMarked;
