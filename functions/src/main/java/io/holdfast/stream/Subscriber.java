package io.holdfast.stream;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;

/** Who receives a turn's chunks: one request on one connection. */
public record Subscriber(ConnectionId connection, RequestId request) {

    /** The field of the Redis hash; a connection id holds no slash, a request id may. */
    String field() {
        return connection + "/" + request;
    }

    /** The subscriber of this {@link #field()}. */
    static Subscriber of(String field) {
        int slash = field.indexOf('/');
        return new Subscriber(
                new ConnectionId(field.substring(0, slash)),
                new RequestId(field.substring(slash + 1)));
    }
}
