package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The cross-origin rules of an HTTP API; the fields are those of its {@code CorsConfiguration}.
 *
 * @param allowOrigins origins, or {@code *}, {@code http://*}, {@code https://*}
 * @param allowMethods methods, or {@code *}
 * @param allowHeaders request headers, or {@code *}
 * @param exposeHeaders response headers that a page may read
 * @param maxAgeSeconds how long a browser may keep the preflight's answer
 * @param allowCredentials whether cookies and {@code Authorization} may be sent
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html">CORS
 *     for HTTP APIs</a>
 */
public record Cors(
        List<String> allowOrigins,
        List<String> allowMethods,
        List<String> allowHeaders,
        List<String> exposeHeaders,
        @Nullable Integer maxAgeSeconds,
        boolean allowCredentials) {

    /** Copies the lists; credentials and {@code *} as origin exclude each other, as on AWS. */
    public Cors {
        allowOrigins = List.copyOf(allowOrigins);
        allowMethods = List.copyOf(allowMethods);
        allowHeaders = List.copyOf(allowHeaders);
        exposeHeaders = List.copyOf(exposeHeaders);
        if (allowCredentials && allowOrigins.contains("*")) {
            throw new IllegalArgumentException(
                    "CORS: AllowCredentials cannot be used with the origin *");
        }
    }
}
