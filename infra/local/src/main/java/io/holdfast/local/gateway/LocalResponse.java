package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The answer of a {@link LocalHandler}.
 *
 * @param body what is known of it at once
 * @param rest what comes after that bit by bit, if anything does
 */
// The array is handed on, never changed.
@SuppressWarnings("ArrayRecordComponent")
public record LocalResponse(
        int status, Map<String, String> headers, byte[] body, @Nullable Writer rest) {

    /** Writes a body bit by bit; every write goes out at once. May block. */
    @FunctionalInterface
    public interface Writer {
        /** Writes all of it. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** An answer with its whole body. */
    public LocalResponse(int status, Map<String, String> headers, byte[] body) {
        this(status, headers, body, null);
    }

    /** Copies the headers. */
    public LocalResponse {
        headers = Map.copyOf(headers);
    }

    /** A JSON document. */
    public static LocalResponse json(int status, String json) {
        return new LocalResponse(
                status,
                Map.of("content-type", "application/json"),
                json.getBytes(StandardCharsets.UTF_8));
    }

    /** Plain text. */
    public static LocalResponse text(int status, String text) {
        return new LocalResponse(
                status,
                Map.of("content-type", "text/plain;charset=utf-8"),
                text.getBytes(StandardCharsets.UTF_8));
    }

    /** A body that comes bit by bit. */
    public static LocalResponse streamed(int status, String contentType, Writer writer) {
        return new LocalResponse(status, Map.of("content-type", contentType), new byte[0], writer);
    }
}
