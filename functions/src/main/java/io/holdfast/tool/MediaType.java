package io.holdfast.tool;

import java.net.http.HttpHeaders;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What an answer's body is ({@code Content-Type}, RFC 9110, section 8.3).
 *
 * @param name in lower case without parameters; empty if it is not said
 * @param charset UTF-8 if none is named, or none that Java knows
 */
record MediaType(String name, Charset charset) {

    static MediaType of(HttpHeaders headers) {
        String[] parts = headers.firstValue("Content-Type").orElse("").split(";", -1);
        Charset charset = StandardCharsets.UTF_8;
        for (String part : parts) {
            String parameter = part.strip();
            if (parameter.regionMatches(true, 0, "charset=", 0, 8)) {
                charset =
                        Charset.forName(parameter.substring(8).replace("\"", "").strip(), charset);
            }
        }
        return new MediaType(parts[0].strip().toLowerCase(Locale.ROOT), charset);
    }

    boolean isJson() {
        return name.equals("application/json")
                || name.equals("text/json")
                || name.endsWith("+json");
    }

    boolean isNdjson() {
        return name.equals("application/x-ndjson");
    }
}
