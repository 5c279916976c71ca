package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;

import io.holdfast.platform.Json;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

@Timeout(30)
class FetchPageToolTest {
    private static final String PAGE =
            """
            <html><head><title> A  page </title><style>p{color:red}</style></head><body>
            <nav>Menu</nav><main><h1>Head</h1><p>One <b>bold</b>
            word.</p><ul><li>first</li><li>second</li></ul><script>alert(1)</script>
            <a href="/next">next page</a></main><footer>imprint</footer></body></html>
            """;

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void readsTitleAndText() throws Exception {
        server.on("/", answering(200, "text/html; charset=utf-8", PAGE));
        JsonNode page = Calls.output(fetch("/"));
        assertThat(page.path("title").asText()).isEqualTo("A page");
        assertThat(page.path("text").asText())
                .isEqualTo("Head\nOne bold word.\nfirst\nsecond\nnext page");
        assertThat(page.path("truncated").asBoolean()).isFalse();
        assertThat(page.path("url").asText()).isEqualTo(server.url("/").toString());
        assertThat(page.has("links")).isFalse();
    }

    @Test
    void listsLinksIfAsked() throws Exception {
        server.on("/", answering(200, "text/html", PAGE));
        JsonNode page =
                Calls.output(run("{'url':'%s','links':true}".formatted(server.url("/")), true));
        assertThat(page.path("links").toString())
                .isEqualTo(
                        "[{\"text\":\"next page\",\"url\":\"%s\"}]".formatted(server.url("/next")));
    }

    @Test
    void readsTextAndJson() throws Exception {
        server.on("/t", answering(200, "text/plain", "plain"));
        server.on("/j", answering(200, "application/json", "{\"a\":1}"));
        assertThat(Calls.output(fetch("/t")).path("text").asText()).isEqualTo("plain");
        assertThat(Calls.output(fetch("/j")).path("text").asText()).isEqualTo("{\"a\":1}");
    }

    @Test
    void followsAFewRedirects() throws Exception {
        for (int hop = 0; hop < 6; hop++) {
            server.on("/" + hop, moved("/" + (hop + 1)));
        }
        server.on("/6", answering(200, "text/plain", "there"));
        assertThat(Calls.output(fetch("/1")).path("text").asText()).isEqualTo("there");
        assertThat(Calls.failure(fetch("/0"))).contains("more than 5");
    }

    @Test
    void redirectsLeadNowhereElse() throws Exception {
        server.on("/file", moved("file:///etc/passwd"));
        server.on("/user", moved("http://a:b@127.0.0.1/"));
        server.on("/bad", moved("http://[oops"));
        assertThat(Calls.failure(fetch("/file"))).contains("http and https");
        assertThat(Calls.failure(fetch("/user"))).contains("http and https");
        assertThat(Calls.failure(fetch("/bad"))).contains("not a valid URL");
    }

    @Test
    void privateAddressesAreRefused() throws Exception {
        server.on("/", answering(200, "text/plain", "x"));
        assertThat(Calls.failure(run("{'url':'%s'}".formatted(server.url("/")), false)))
                .contains("public internet");
        assertThat(Calls.failure(run("{'url':'http://169.254.169.254/latest/'}", false)))
                .contains("public internet");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void otherKindsAndStatusesAreFailures() throws Exception {
        server.on("/png", answering(200, "image/png", "x"));
        server.on("/gone", answering(404, "text/html", "x"));
        assertThat(Calls.failure(fetch("/png"))).contains("image/png");
        assertThat(Calls.failure(fetch("/gone"))).contains("404");
        assertThat(Calls.failure(run("{'url':'ftp://example.com/'}", true))).contains("http");
        assertThat(Calls.failure(run("{'url':'not a url'}", true))).contains("not a valid URL");
    }

    @Test
    void aLongPageIsCut() throws Exception {
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "text/plain");
                    exchange.sendResponseHeaders(200, 0);
                    byte[] some = "0123456789".repeat(100_000).getBytes(StandardCharsets.UTF_8);
                    for (int i = 0; i < 5; i++) {
                        exchange.getResponseBody().write(some);
                    }
                });
        JsonNode page = Calls.output(fetch("/"));
        assertThat(page.path("truncated").asBoolean()).isTrue();
        assertThat(page.path("text").asText()).hasSize(100_000);
    }

    private ToolResult fetch(String path) throws InterruptedException {
        return run("{'url':'%s'}".formatted(server.url(path)), true);
    }

    private static ToolResult run(String input, boolean allowPrivate) throws InterruptedException {
        return new FetchPageTool()
                .run(
                        Calls.of(input),
                        Json.object().put("allowPrivateAddresses", allowPrivate),
                        new Services(
                                InstantSource.system(),
                                Pause.REAL,
                                new RecordTable(new NoDynamoDb(), "table"),
                                GuardedHttp.lazyClient()),
                        Progress.NONE);
    }

    private static HttpHandler answering(int status, String type, String body) {
        return exchange -> TestServer.answer(exchange, status, type, body);
    }

    private static HttpHandler moved(String to) {
        return exchange -> redirect(exchange, to);
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        exchange.getResponseHeaders().set("Location", to);
        TestServer.answer(exchange, 302, "text/plain", "");
    }

    private static final class NoDynamoDb implements DynamoDbClient {
        @Override
        public String serviceName() {
            return "dynamodb";
        }

        @Override
        public void close() {}
    }
}
