package io.holdfast.stream;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;

/** Who receives a turn's chunks: one request on one connection. */
public record Subscriber(ConnectionId connection, RequestId request) {}
