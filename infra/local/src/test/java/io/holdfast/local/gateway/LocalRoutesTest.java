package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class LocalRoutesTest {
    @TempDir Path folder;
    private final FakeFunctions functions =
            new FakeFunctions().returning("Api", "{\"statusCode\":200,\"body\":\"from the api\"}");
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        Path site = Files.createDirectories(folder.resolve("site"));
        Files.writeString(folder.resolve("secret.txt"), "secret");
        Files.writeString(site.resolve("index.html"), "<h1>demo</h1>");
        Files.createDirectories(site.resolve("assets"));
        Files.writeString(site.resolve("assets/app.js"), "let a");
        Files.writeString(site.resolve("health"), "hidden by nothing");
        Files.createSymbolicLink(site.resolve("link.txt"), folder.resolve("secret.txt"));
        HttpApi api =
                new HttpApi(
                        "api", "$default", List.of(new HttpRoute("ANY", "/sessions", "Api")), null);
        gateway =
                TestGateway.http(
                        functions,
                        api,
                        GatewayLimits.DEFAULT.with(l -> l.maxHttpBody = 100),
                        new LocalRoute(
                                "POST",
                                "/local/tokens",
                                request ->
                                        LocalResponse.json(
                                                200, "{\"got\":" + request.text() + "}")),
                        new LocalRoute(
                                "GET",
                                "/local/query",
                                request -> LocalResponse.text(200, request.query().toString())),
                        new LocalRoute(
                                "GET",
                                "/local/broken",
                                request -> {
                                    throw new IllegalStateException("boom");
                                }),
                        new LocalRoute("GET", "/", new StaticFiles(site)));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return SocketClient.HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return SocketClient.HTTP.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aLocalHandlerAnswers() throws Exception {
        HttpResponse<String> response = post("/local/tokens", "1");
        assertThat(response.body()).isEqualTo("{\"got\":1}");
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(get("/local/query?a=1&a=2").body()).isEqualTo("{a=[1, 2]}");
        assertThat(get("/local/tokens").statusCode()).isEqualTo(404);
        assertThat(post("/local/tokens", "1".repeat(101)).statusCode()).isEqualTo(413);
        assertThat(get("/local/broken").statusCode()).isEqualTo(500);
    }

    @Test
    void thePageIsServed() throws Exception {
        HttpResponse<String> page = get("/");
        assertThat(page.body()).isEqualTo("<h1>demo</h1>");
        assertThat(page.headers().firstValue("content-type")).hasValue("text/html;charset=utf-8");
        assertThat(page.headers().firstValue("cache-control")).hasValue("no-cache");
        HttpResponse<String> script = get("/assets/app.js");
        assertThat(script.body()).isEqualTo("let a");
        assertThat(script.headers().firstValue("content-type"))
                .hasValue("text/javascript;charset=utf-8");
    }

    @Test
    void whatIsNoFileGoesOnToTheApi() throws Exception {
        assertThat(get("/sessions").body()).isEqualTo("from the api");
        assertThat(get("/assets").statusCode()).isEqualTo(404);
        assertThat(get("/nothing").body()).isEqualTo("{\"message\":\"Not Found\"}");
    }

    @Test
    void whatALocalHandlerLeavesReachesTheApiWithItsBody() throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(gateway.url() + "/sessions"))
                        .method("GET", HttpRequest.BodyPublishers.ofString("kept"))
                        .build();
        SocketClient.HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(functions.eventsOf("Api").getFirst().path("body").asText()).isEqualTo("kept");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../secret.txt",
                "/assets/../../secret.txt",
                "/..%2fsecret.txt",
                "/%2e%2e/secret.txt",
                "//secret.txt",
                "/..\\secret.txt",
                "/%00",
                "/link.txt"
            })
    void nothingOutsideTheFolderIsServed(String path) {
        try (RawClient raw = new RawClient(gateway)) {
            assertThat(raw.request("GET " + path + " HTTP/1.1", "")).isBetween(400, 499);
        }
    }
}
