package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.server.Request;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A request's headers as the gateway hands them on. */
final class HeaderMaps {
    /** Spoken between the client and the gateway only, so AWS does not hand them on. */
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "keep-alive", "upgrade", "transfer-encoding", "te", "trailer");

    private HeaderMaps() {}

    static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Every value of each header, names as the client wrote them, with the gateway's own added. */
    static Map<String, List<String>> all(Request request) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HttpField field : request.getHeaders()) {
            if (!HOP_BY_HOP.contains(lower(field.getName()))) {
                String value = field.getValue();
                headers.computeIfAbsent(field.getName(), name -> new ArrayList<>())
                        .add(value == null ? "" : value);
            }
        }
        headers.computeIfAbsent("X-Forwarded-For", name -> new ArrayList<>())
                .add(Request.getRemoteAddr(request));
        headers.put("X-Forwarded-Port", List.of(String.valueOf(Request.getServerPort(request))));
        headers.put("X-Forwarded-Proto", List.of("http"));
        return headers;
    }

    /** Lower-case names; several values joined by commas. */
    static Map<String, String> joined(Request request) {
        Map<String, String> headers = new TreeMap<>();
        all(request).forEach((name, values) -> headers.put(lower(name), String.join(",", values)));
        return headers;
    }
}
