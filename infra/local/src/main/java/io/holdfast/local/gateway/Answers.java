package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

import java.nio.ByteBuffer;

/** Writes whole answers. */
final class Answers {
    private Answers() {}

    static void bytes(Response response, Callback callback, int status, byte[] body) {
        response.setStatus(status);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    static void json(Response response, Callback callback, int status, byte[] body) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        bytes(response, callback, status, body);
    }

    /** {@code {"message": …}}. */
    static void message(Response response, Callback callback, int status, String message) {
        json(response, callback, status, Json.message(message));
    }
}
