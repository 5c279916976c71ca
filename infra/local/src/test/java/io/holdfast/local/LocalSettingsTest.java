package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.local.bedrock.ModelChoice;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
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
                                false));
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
                                true));
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
}
