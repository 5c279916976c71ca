package io.holdfast.local.gateway;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A request to a {@link LocalHandler}.
 *
 * @param method in capitals
 * @param path decoded
 * @param query every value of each parameter, decoded
 * @param headers lower-case names; several values joined by commas
 * @param body at most {@link GatewayLimits#maxHttpBody()} bytes
 */
// The array is handed on, never changed.
@SuppressWarnings("ArrayRecordComponent")
public record LocalRequest(
        String method,
        String path,
        Map<String, List<String>> query,
        Map<String, String> headers,
        byte[] body) {

    /** The body as UTF-8 text. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
