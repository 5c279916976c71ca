package io.holdfast.local.http;

import com.sun.net.httpserver.HttpExchange;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** One request to a service. */
public final class ServiceCall {
    private final HttpExchange exchange;

    ServiceCall(HttpExchange exchange) {
        this.exchange = exchange;
    }

    /** The method, in capitals. */
    public String method() {
        return exchange.getRequestMethod();
    }

    /** The path's segments, decoded; {@code /a/b%2Fc} has two. */
    public List<String> path() {
        return Stream.of(exchange.getRequestURI().getRawPath().split("/"))
                .filter(segment -> !segment.isEmpty())
                .map(ServiceCall::decoded)
                .toList();
    }

    /** The query's parameters, decoded; of several with one name, the last. */
    public Map<String, String> query() {
        Map<String, String> result = new HashMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            result.put(decoded(parts[0]), parts.length == 2 ? decoded(parts[1]) : "");
        }
        return result;
    }

    /** A header's first value. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    /**
     * The body.
     *
     * @return empty if it is larger than the limit; nothing more is read then
     */
    public Optional<byte[]> body(int limit) throws IOException {
        InputStream in = exchange.getRequestBody();
        byte[] body = in.readNBytes(limit + 1);
        return body.length > limit ? Optional.empty() : Optional.of(body);
    }

    /** A path's plus is a plus, unlike a form's; clients send spaces as %20. */
    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
