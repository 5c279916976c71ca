package io.holdfast.local.gateway;

import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies. */
final class Bodies {
    private Bodies() {}

    /**
     * How much of a body that is too large is read and thrown away: a client that still writes when
     * it is answered and cut off may see a broken connection instead of the answer.
     */
    private static final int DISCARDED = 1024 * 1024;

    /** The whole body, or null if it has more bytes than the limit; blocks. */
    static byte @Nullable [] read(Request request, int limit) throws IOException {
        try (InputStream in = Request.asInputStream(request)) {
            byte[] body = in.readNBytes(limit + 1);
            if (body.length <= limit) {
                return body;
            }
            long left = DISCARDED;
            byte[] chunk = new byte[8192];
            for (int read = 0; left > 0 && read >= 0; left -= read) {
                read = in.read(chunk);
            }
            return null;
        }
    }
}
