package io.holdfast.local.gateway;

import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies. */
final class Bodies {
    private Bodies() {}

    /** The whole body, or null if it has more bytes than the limit; blocks. */
    static byte @Nullable [] read(Request request, int limit) throws IOException {
        if (request.getLength() > limit) {
            return null;
        }
        try (InputStream in = Request.asInputStream(request)) {
            byte[] body = in.readNBytes(limit + 1);
            return body.length > limit ? null : body;
        }
    }
}
