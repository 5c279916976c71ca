package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Map.entry;

import io.holdfast.local.bedrock.ModelChoice;
import io.holdfast.local.gateway.GatewayLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

class LocalSettingsTest {
    @TempDir Path root;

    @BeforeEach
    void template() throws Exception {
        Files.writeString(root.resolve("template.yaml"), "Resources: {}");
    }

    @Test
    void haveDefaults() {
        assertThat(LocalSettings.fromEnvironment(Map.of(), root))
                .isEqualTo(
                        new LocalSettings(
                                8080,
                                null,
                                new ModelChoice.Script(),
                                null,
                                root,
                                root.resolve("template.yaml"),
                                Map.of(),
                                Map.of(),
                                false,
                                GatewayLimits.DEFAULT));
    }

    @Test
    void areReadFromTheEnvironment() throws Exception {
        Path template = Files.writeString(root.resolve("other.yaml"), "Resources: {}");

        assertThat(
                        LocalSettings.fromEnvironment(
                                Map.of(
                                        "HOLDFAST_PORT", "0",
                                        "HOLDFAST_DATA_DIR", root.resolve("data").toString(),
                                        "HOLDFAST_MODEL", "bedrock",
                                        "HOLDFAST_TEMPLATE", template.toString(),
                                        "HOLDFAST_ISOLATE", "true",
                                        "HOLDFAST_PARAM_LogLevel", "DEBUG",
                                        "OPENAI_API_KEY", "key",
                                        "AWS_REGION", "eu-west-1",
                                        "HOME", "/root"),
                                root))
                .isEqualTo(
                        new LocalSettings(
                                0,
                                root.resolve("data"),
                                new ModelChoice.Bedrock(),
                                "key",
                                root,
                                template,
                                Map.of("LogLevel", "DEBUG"),
                                Map.of("AWS_REGION", "eu-west-1"),
                                true,
                                GatewayLimits.DEFAULT));
    }

    @Test
    void nameEveryFaultAtOnce() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "");

        assertThatThrownBy(
                        () ->
                                LocalSettings.fromEnvironment(
                                        Map.of(
                                                "HOLDFAST_PORT", "65536",
                                                "HOLDFAST_DATA_DIR", file.toString(),
                                                "HOLDFAST_MODEL", "gpt",
                                                "HOLDFAST_TEMPLATE", "/no/such/template.yaml",
                                                "HOLDFAST_ISOLATE", "yes"),
                                        root))
                .isInstanceOf(StartException.class)
                .hasMessage(
                        """
                        HOLDFAST_PORT must be a port from 0 to 65535, not '65536'.
                        HOLDFAST_MODEL must be script, bedrock or openai:http://HOST/v1[#MODEL], not 'gpt'.
                        HOLDFAST_DATA_DIR must be a directory, and %s is a file.
                        There is no template at /no/such/template.yaml (see HOLDFAST_TEMPLATE).
                        HOLDFAST_ISOLATE must be true or false, not 'yes'.\
                        """
                                .formatted(file));
    }

    @Test
    void setEveryLimitOfTheGateway() {
        GatewayLimits limits =
                LocalSettings.fromEnvironment(
                                Map.ofEntries(
                                        entry("HOLDFAST_GATEWAY_FRAME_BYTES", "100"),
                                        entry("HOLDFAST_GATEWAY_MESSAGE_BYTES", "200"),
                                        entry("HOLDFAST_GATEWAY_INTEGRATION_SECONDS", "0.5"),
                                        entry("HOLDFAST_GATEWAY_HTTP_INTEGRATION_SECONDS", "1.25"),
                                        entry("HOLDFAST_GATEWAY_IDLE_SECONDS", "3"),
                                        entry("HOLDFAST_GATEWAY_CONNECTION_SECONDS", "60"),
                                        entry("HOLDFAST_GATEWAY_HTTP_BODY_BYTES", "300"),
                                        entry("HOLDFAST_GATEWAY_CONNECTIONS", "4"),
                                        entry("HOLDFAST_GATEWAY_FRAMES_IN_FLIGHT", "5"),
                                        entry("HOLDFAST_GATEWAY_WAITING_POSTS", "6"),
                                        entry("HOLDFAST_GATEWAY_POST_SECONDS", "0.001")),
                                root)
                        .gateway();

        assertThat(limits)
                .isEqualTo(
                        new GatewayLimits(
                                100,
                                200,
                                Duration.ofMillis(500),
                                Duration.ofMillis(1250),
                                Duration.ofSeconds(3),
                                Duration.ofMinutes(1),
                                300,
                                4,
                                5,
                                6,
                                Duration.ofMillis(1)));
    }

    @Test
    void tellTheFaultsOfTheGatewaysLimits() {
        assertThatThrownBy(
                        () ->
                                LocalSettings.fromEnvironment(
                                        Map.of(
                                                "HOLDFAST_GATEWAY_IDLE_SECONDS", "soon",
                                                "HOLDFAST_GATEWAY_POST_SECONDS", "0",
                                                "HOLDFAST_GATEWAY_CONNECTIONS", "0",
                                                "HOLDFAST_GATEWAY_FRAME_BYTES", "200000",
                                                "HOLDFAST_GATEWAY_IDLE", "1"),
                                        root))
                .isInstanceOf(StartException.class)
                .hasMessage(
                        """
                        There is no limit HOLDFAST_GATEWAY_IDLE.
                        HOLDFAST_GATEWAY_IDLE_SECONDS must be seconds from 0.001 to 10000000, not 'soon'.
                        HOLDFAST_GATEWAY_POST_SECONDS must be seconds from 0.001 to 10000000, not '0'.
                        HOLDFAST_GATEWAY_CONNECTIONS must be a whole number from 1 to 2147483647, not '0'.
                        HOLDFAST_GATEWAY_MESSAGE_BYTES (131072) must not be less than HOLDFAST_GATEWAY_FRAME_BYTES (200000).\
                        """);
    }
}
