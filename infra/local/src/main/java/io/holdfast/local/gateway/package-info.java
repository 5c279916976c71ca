/** API Gateway: the WebSocket API, the HTTP API and @connections on one port. */
@NullMarked
package io.holdfast.local.gateway;

import org.jspecify.annotations.NullMarked;
