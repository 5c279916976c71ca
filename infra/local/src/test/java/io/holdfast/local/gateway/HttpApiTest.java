package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

class HttpApiTest {
    private static final HttpApi API =
            new HttpApi(
                    "http0api",
                    "$default",
                    List.of(
                            new HttpRoute("GET", "/health", "Api"),
                            new HttpRoute("GET", "/sessions/{sessionId}", "Api"),
                            new HttpRoute("POST", "/echo", "Api"),
                            new HttpRoute("ANY", "/files/{proxy+}", "Api")),
                    null);
    private static final Cors CORS =
            new Cors(
                    List.of("https://app.example"),
                    List.of("GET", "POST"),
                    List.of("authorization", "content-type"),
                    List.of("etag"),
                    600,
                    true);

    private final FakeFunctions functions = new FakeFunctions().ok("Api");
    private Gateway gateway = TestGateway.http(functions, API);

    @AfterEach
    void closeGateway() {
        gateway.close();
    }

    private void restart(HttpApi api, GatewayLimits limits) {
        gateway.close();
        gateway = TestGateway.http(functions, api, limits);
    }

    private HttpResponse<String> send(String path, UnaryOperator<HttpRequest.Builder> request)
            throws Exception {
        return SocketClient.HTTP.send(
                request.apply(HttpRequest.newBuilder(URI.create(gateway.url() + path))).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(path, UnaryOperator.identity());
    }

    private JsonNode lastEvent() {
        return functions.eventsOf("Api").getLast();
    }

    @Test
    void theEventIsPayloadFormatTwo() throws Exception {
        send(
                "/sessions/a%20b?x=1&x=2&empty=&q=%C3%BC",
                r -> r.header("X-Twice", "1").header("X-Twice", "2").header("Cookie", "a=1; b=2"));

        JsonNode event = lastEvent();
        assertThat(event.path("version").asText()).isEqualTo("2.0");
        assertThat(event.path("routeKey").asText()).isEqualTo("GET /sessions/{sessionId}");
        assertThat(event.path("rawPath").asText()).isEqualTo("/sessions/a b");
        assertThat(event.path("rawQueryString").asText()).isEqualTo("x=1&x=2&empty=&q=%C3%BC");
        assertThat(event.at("/queryStringParameters/x").asText()).isEqualTo("1,2");
        assertThat(event.at("/queryStringParameters/empty").asText()).isEmpty();
        assertThat(event.at("/queryStringParameters/q").asText()).isEqualTo("ü");
        assertThat(event.at("/pathParameters/sessionId").asText()).isEqualTo("a b");
        assertThat(event.path("cookies"))
                .extracting(JsonNode::asText)
                .containsExactly("a=1", "b=2");
        assertThat(event.at("/headers/x-twice").asText()).isEqualTo("1,2");
        assertThat(event.at("/headers/host").asText()).isEqualTo("127.0.0.1:" + gateway.port());
        assertThat(event.at("/headers").has("cookie")).isFalse();
        assertThat(event.has("body")).isFalse();
        assertThat(event.path("isBase64Encoded").asBoolean(true)).isFalse();

        JsonNode context = event.path("requestContext");
        assertThat(context.at("/http/method").asText()).isEqualTo("GET");
        assertThat(context.at("/http/path").asText()).isEqualTo("/sessions/a b");
        assertThat(context.at("/http/protocol").asText()).isEqualTo("HTTP/1.1");
        assertThat(context.at("/http/sourceIp").asText()).isEqualTo("127.0.0.1");
        assertThat(context.at("/http/userAgent").asText()).startsWith("Java-http");
        assertThat(context.path("routeKey").asText()).isEqualTo("GET /sessions/{sessionId}");
        assertThat(context.path("stage").asText()).isEqualTo("$default");
        assertThat(context.path("apiId").asText()).isEqualTo("http0api");
        assertThat(context.path("accountId").asText()).hasSize(12);
        assertThat(context.path("domainName").asText()).isEqualTo("127.0.0.1:" + gateway.port());
        assertThat(context.path("requestId").asText()).isNotEmpty();
        assertThat(context.path("time").asText()).endsWith(" +0000");
        assertThat(context.path("timeEpoch").isIntegralNumber()).isTrue();
    }

    @Test
    void whatIsEmptyIsLeftOut() throws Exception {
        get("/health");
        JsonNode event = lastEvent();
        assertThat(event.path("rawQueryString").asText("absent")).isEmpty();
        assertThat(event.has("queryStringParameters")).isFalse();
        assertThat(event.has("pathParameters")).isFalse();
        assertThat(event.has("cookies")).isFalse();
    }

    @Test
    void jsonBodiesArriveAsTextAndOthersAsBase64() throws Exception {
        send(
                "/echo",
                r ->
                        r.header("Content-Type", "application/json; charset=utf-8")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"a\":\"ü\"}")));
        assertThat(lastEvent().path("body").asText()).isEqualTo("{\"a\":\"ü\"}");
        assertThat(lastEvent().path("isBase64Encoded").asBoolean(true)).isFalse();

        send(
                "/echo",
                r ->
                        r.header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString("a=1")));
        assertThat(lastEvent().path("body").asText())
                .isEqualTo(
                        Base64.getEncoder().encodeToString("a=1".getBytes(StandardCharsets.UTF_8)));
        assertThat(lastEvent().path("isBase64Encoded").asBoolean()).isTrue();
    }

    @Test
    void theAnswerIsWrittenAsTheFunctionSays() throws Exception {
        functions.returning(
                "Api",
                """
                {"statusCode":201,"headers":{"Content-Type":"text/csv","X-One":"1"},
                 "cookies":["a=1; Path=/","b=2"],"body":"eA==","isBase64Encoded":true}
                """);
        HttpResponse<String> response = get("/health");
        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.body()).isEqualTo("x");
        assertThat(response.headers().allValues("content-type")).containsExactly("text/csv");
        assertThat(response.headers().firstValue("x-one")).hasValue("1");
        assertThat(response.headers().allValues("set-cookie"))
                .containsExactly("a=1; Path=/", "b=2");
    }

    @Test
    void anAnswerWithoutStatusCodeIsTheBody() throws Exception {
        functions.returning("Api", "{\"ok\":true}");
        HttpResponse<String> object = get("/health");
        assertThat(object.statusCode()).isEqualTo(200);
        assertThat(object.body()).isEqualTo("{\"ok\":true}");
        assertThat(object.headers().firstValue("content-type")).hasValue("application/json");

        functions.returning("Api", "\"hello\"");
        assertThat(get("/health").body()).isEqualTo("hello");
    }

    @Test
    void aBodyWithoutTypeIsPlainText() throws Exception {
        functions.returning("Api", "{\"statusCode\":200,\"body\":\"hi\"}");
        assertThat(get("/health").headers().firstValue("content-type"))
                .hasValue("text/plain;charset=UTF-8");
    }

    @Test
    void anAnswerWithoutContentHasNone() throws Exception {
        functions.returning("Api", "{\"statusCode\":204,\"body\":\"dropped\"}");
        HttpResponse<String> response = get("/health");
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void aHeadRequestHasNoBody() throws Exception {
        functions.returning("Api", "{\"statusCode\":200,\"body\":\"hi\"}");
        HttpResponse<String> response =
                send("/files/x", r -> r.method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void anUnknownRouteIsNotFound() throws Exception {
        for (String path : List.of("/nowhere", "/", "/health/", "/sessions/", "/files/")) {
            HttpResponse<String> response = get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(404);
            assertThat(response.body()).isEqualTo("{\"message\":\"Not Found\"}");
        }
        HttpResponse<String> wrongMethod = send("/health", r -> r.DELETE());
        assertThat(wrongMethod.statusCode()).isEqualTo(404);
        assertThat(functions.eventsOf("Api")).isEmpty();
    }

    @Test
    void aFunctionThatThrowsIsAnInternalServerError() throws Exception {
        functions.on(
                "Api",
                event -> {
                    throw new IllegalStateException("boom");
                });
        HttpResponse<String> response = get("/health");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).isEqualTo("{\"message\":\"Internal Server Error\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{\"statusCode\":\"200\"}",
                "{\"statusCode\":99}",
                "{\"statusCode\":200,\"body\":{}}",
                "{\"statusCode\":200,\"body\":\"%\",\"isBase64Encoded\":true}"
            })
    void aMalformedAnswerIsAnInternalServerError(String answer) throws Exception {
        functions.returning("Api", answer);
        assertThat(get("/health").statusCode()).isEqualTo(500);
    }

    @Test
    void aFunctionThatTakesTooLongIsUnavailable() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        functions.on("Api", event -> HandshakeTest.waitFor(never));
        restart(
                API,
                GatewayLimits.DEFAULT.with(l -> l.httpIntegrationTimeout = Duration.ofMillis(200)));
        HttpResponse<String> response = get("/health");
        never.countDown();
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("{\"message\":\"Service Unavailable\"}");
    }

    @Test
    void aBodyOverTheLimitIsTooLarge() throws Exception {
        restart(API, GatewayLimits.DEFAULT.with(l -> l.maxHttpBody = 1000));
        byte[] tooLarge = new byte[1001];
        assertThat(
                        send("/echo", r -> r.POST(HttpRequest.BodyPublishers.ofByteArray(tooLarge)))
                                .statusCode())
                .isEqualTo(413);
        // The same without a Content-Length.
        HttpRequest.BodyPublisher chunked =
                HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofByteArray(tooLarge));
        assertThat(send("/echo", r -> r.POST(chunked)).statusCode()).isEqualTo(413);
        assertThat(functions.eventsOf("Api")).isEmpty();
    }

    @Test
    void malformedRequestsAreClientErrors() {
        for (String line :
                List.of("GET /he%ZZalth HTTP/1.1", "GET /a/../../b HTTP/1.1", "NONSENSE")) {
            try (RawClient raw = new RawClient(gateway)) {
                assertThat(raw.request(line, "")).as(line).isBetween(400, 499);
            }
        }
    }

    @Test
    void thePreflightIsAnsweredByTheGateway() throws Exception {
        restart(new HttpApi("a", "$default", API.routes(), CORS), GatewayLimits.DEFAULT);
        HttpResponse<String> response = preflight("https://app.example");
        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().firstValue("access-control-allow-origin"))
                .hasValue("https://app.example");
        assertThat(response.headers().firstValue("access-control-allow-methods"))
                .hasValue("GET,POST");
        assertThat(response.headers().firstValue("access-control-allow-headers"))
                .hasValue("authorization,content-type");
        assertThat(response.headers().firstValue("access-control-allow-credentials"))
                .hasValue("true");
        assertThat(response.headers().firstValue("access-control-max-age")).hasValue("600");
        assertThat(functions.eventsOf("Api")).isEmpty();

        assertThat(preflight("https://evil.example").headers().map())
                .doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void theGatewaysCorsHeadersReplaceTheFunctions() throws Exception {
        functions.returning(
                "Api", "{\"statusCode\":200,\"headers\":{\"Access-Control-Allow-Origin\":\"*\"}}");
        restart(new HttpApi("a", "$default", API.routes(), CORS), GatewayLimits.DEFAULT);
        HttpResponse<String> response =
                send("/health", r -> r.header("Origin", "https://app.example"));
        assertThat(response.headers().allValues("access-control-allow-origin"))
                .containsExactly("https://app.example");
        assertThat(response.headers().firstValue("access-control-expose-headers")).hasValue("etag");
        assertThat(get("/health").headers().map()).doesNotContainKey("access-control-allow-origin");
    }

    private HttpResponse<String> preflight(String origin) throws Exception {
        return send(
                "/health",
                r ->
                        r.method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                                .header("Origin", origin)
                                .header("Access-Control-Request-Method", "GET"));
    }
}
