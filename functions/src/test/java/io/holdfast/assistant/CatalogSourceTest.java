package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import io.holdfast.platform.ConfigurationException;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

@NullMarked
final class CatalogSourceTest {
    private static final String FILE =
            """
            version: 1
            assistants:
              mine: { systemPrompt: Hi., model: "${MODEL_ID}" }
            """;

    @TempDir private Path folder;

    @Test
    void thePackagedFileKeepsWhatItIsTold() {
        Catalog catalog =
                CatalogSource.load(
                        Map.of(
                                "MODEL_ID", "123",
                                "SYSTEM_PROMPT", "true",
                                "MAX_OUTPUT_TOKENS", "100"));

        Assistant assistant = catalog.assistant("default").orElseThrow();
        assertThat(assistant.model()).isEqualTo("123");
        assertThat(assistant.systemPrompt()).isEqualTo("true");
        assertThat(assistant.maxOutputTokens()).isEqualTo(100);
        assertThat(catalog.tools())
                .containsOnlyKeys("current_time", "calculator", "recall", "fetch_page")
                .hasEntrySatisfying(
                        "fetch_page", tool -> assertThat(tool.risk()).isEqualTo(Risk.MEDIUM));
    }

    @Test
    void theExampleOfTheDocsHasNoFaults() {
        Path example = Path.of("..", "docs", "assistants.example.yaml").toAbsolutePath();
        Catalog catalog = load(example.normalize().toUri().toString());

        assertThat(catalog.assistants()).containsOnlyKeys("default", "expert", "workbench");
        assertThat(catalog.tools())
                .containsOnlyKeys("now", "calculator", "recall", "weather", "research");
        assertThat(catalog.mcpServers()).hasSize(1);
    }

    @Test
    void readsAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), FILE);

        assertThat(load("file:" + file).defaultAssistant()).isEqualTo("mine");
        Files.writeString(file, "version: 2");
        assertThatThrownBy(() -> load("file:" + file)).hasMessageContaining("a.yaml:1: version");
    }

    @Test
    void readsAnObjectAParameterOrAPage() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve(server, "/bucket/a/b.yaml", FILE);
        serve(server, "/page.yaml", FILE);
        serve(
                server,
                "/ssm/",
                "{\"Parameter\":{\"Value\":\"%s\"}}"
                        .formatted(FILE.replace("\"", "\\\"").replace("\n", "\\n")));
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            Map<String, String> aws =
                    Map.of("AWS_ENDPOINT_URL_S3", url, "AWS_ENDPOINT_URL_SSM", url + "/ssm");
            assertThat(load("s3://bucket/a/b.yaml", aws).defaultAssistant()).isEqualTo("mine");
            assertThat(load("ssm:/a/b", aws).defaultAssistant()).isEqualTo("mine");
            assertThat(load(url + "/page.yaml?key=k").defaultAssistant()).isEqualTo("mine");
            assertThatThrownBy(() -> load(url + "/none"))
                    .hasMessageContaining("ASSISTANTS_CONFIG cannot be read: the answer was 404");
            assertThatThrownBy(() -> load("s3://bucket/none", aws))
                    .hasMessageContaining(
                            "ASSISTANTS_CONFIG cannot be read: reading s3://bucket/none failed:"
                                    + " 404");
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "assistants.yaml   | must start with classpath:",
                "ftp://a/b         | must start with classpath:",
                "classpath:none    | names no packaged file: none",
                "file:/none/a.yaml | cannot be read: file:/none/a.yaml: NoSuchFileException",
                "file:a.yaml       | is not a valid place: file:a.yaml",
                "s3://bucket       | must be written as s3://BUCKET/KEY",
                "s3:bucket/key     | must be written as s3://BUCKET/KEY",
                "http://a.b/c      | must be https unless it is on this machine",
                "https://[         | is not a valid place",
            })
    void saysWhatIsWrongWithAPlace(String place, String words) {
        assertThatThrownBy(() -> load(place))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("ASSISTANTS_CONFIG " + words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://127.0.0.1:1/a?key=hidden", "https://[x?key=hidden"})
    void aQueryIsNotShown(String place) {
        assertThatThrownBy(() -> load(place))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .doesNotContain("hidden");
    }

    private static void serve(HttpServer server, String path, String body) {
        server.createContext(
                path,
                exchange -> {
                    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
    }

    private static Catalog load(String place) {
        return load(place, Map.of());
    }

    private static Catalog load(String place, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.putAll(
                Map.of(
                        "ASSISTANTS_CONFIG", place,
                        "MODEL_ID", "model-1",
                        "AWS_ACCESS_KEY_ID", "KEYID",
                        "AWS_SECRET_ACCESS_KEY", "key"));
        return CatalogSource.load(environment);
    }
}
