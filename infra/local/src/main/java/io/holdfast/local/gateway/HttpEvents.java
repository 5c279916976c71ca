package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The events of an HTTP API, payload format 2.0. Fields without content are left out, as AWS does.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html">Lambda
 *     proxy integrations for HTTP APIs</a>
 */
final class HttpEvents {
    private static final String ACCOUNT = "000000000000";

    private final HttpApi api;
    private final Workings workings;

    HttpEvents(HttpApi api, Workings workings) {
        this.api = api;
        this.workings = workings;
    }

    ObjectNode event(Request request, RouteTable.Match match, byte[] body) {
        String routeKey = match.route().routeKey();
        Map<String, String> headers = HeaderMaps.joined(request);
        String query = request.getHttpURI().getQuery();
        ObjectNode event =
                Json.object()
                        .put("version", "2.0")
                        .put("routeKey", routeKey)
                        .put("rawPath", path(request))
                        .put("rawQueryString", query == null ? "" : query);
        String cookies = headers.remove("cookie");
        if (cookies != null) {
            ArrayNode list = event.putArray("cookies");
            for (String cookie : cookies.split("[;,]\\s*", -1)) {
                list.add(cookie);
            }
        }
        ObjectNode headersNode = event.putObject("headers");
        headers.forEach(headersNode::put);
        Map<String, List<String>> parameters = QueryString.parse(query);
        if (!parameters.isEmpty()) {
            ObjectNode node = event.putObject("queryStringParameters");
            parameters.forEach((name, values) -> node.put(name, String.join(",", values)));
        }
        event.set("requestContext", context(request, routeKey, headers.get("user-agent")));
        if (!match.pathParameters().isEmpty()) {
            ObjectNode node = event.putObject("pathParameters");
            match.pathParameters().forEach(node::put);
        }
        putBody(event, headers.get("content-type"), body);
        return event;
    }

    /** HTTP APIs hand the path on decoded, unlike REST APIs and function URLs. */
    static String path(Request request) {
        return QueryString.decodeSegment(request.getHttpURI().getPath());
    }

    private ObjectNode context(Request request, String routeKey, @Nullable String userAgent) {
        Instant now = workings.clock().instant();
        ObjectNode context =
                Json.object()
                        .put("accountId", ACCOUNT)
                        .put("apiId", api.apiId())
                        .put("domainName", workings.domainName())
                        .put("domainPrefix", api.apiId());
        context.putObject("http")
                .put("method", request.getMethod())
                .put("path", path(request))
                .put("protocol", request.getConnectionMetaData().getProtocol())
                .put("sourceIp", Request.getRemoteAddr(request))
                .put("userAgent", userAgent == null ? "" : userAgent);
        return context.put("requestId", workings.ids().next())
                .put("routeKey", routeKey)
                .put("stage", api.stage())
                .put("time", EventTimes.format(now))
                .put("timeEpoch", now.toEpochMilli());
    }

    private static void putBody(ObjectNode event, @Nullable String contentType, byte[] body) {
        String text = isText(contentType) ? utf8(body) : null;
        if (body.length > 0) {
            event.put("body", text == null ? Base64.getEncoder().encodeToString(body) : text);
        }
        event.put("isBase64Encoded", body.length > 0 && text == null);
    }

    /** The types that AWS hands on as text; a form is none of them. */
    private static boolean isText(@Nullable String contentType) {
        if (contentType == null) {
            return true;
        }
        String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.startsWith("text/")
                || type.equals("application/json")
                || type.equals("application/javascript")
                || type.equals("application/xml")
                || type.endsWith("+json")
                || type.endsWith("+xml");
    }

    private static @Nullable String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
