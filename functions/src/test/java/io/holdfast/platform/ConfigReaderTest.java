package io.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.Map;

final class ConfigReaderTest {

    @Test
    void readsWhatIsThere() {
        ConfigReader config =
                new ConfigReader(
                        Map.of(
                                "NAME",
                                "holdfast",
                                "SIZE",
                                " 7 ",
                                "URL",
                                "redis://127.0.0.1:1",
                                "ON",
                                "true"));

        assertThat(config.text("NAME")).isEqualTo("holdfast");
        assertThat(config.positive("SIZE", 3)).isEqualTo(7);
        assertThat(config.positive("OTHER_SIZE", 3)).isEqualTo(3);
        assertThat(config.uri("URL")).isEqualTo(URI.create("redis://127.0.0.1:1"));
        assertThat(config.optionalUri("OTHER_URL")).isEmpty();
        assertThat(config.flag("ON")).isTrue();
        assertThat(config.flag("OTHER")).isFalse();
        config.check();
    }

    @Test
    void namesEveryFaultAtOnce() {
        ConfigReader config =
                new ConfigReader(
                        Map.of(
                                "EMPTY",
                                " ",
                                "SIZE",
                                "0",
                                "WIDTH",
                                "x",
                                "URL",
                                "not a url",
                                "ON",
                                "yes"));
        config.text("NAME");
        config.text("EMPTY");
        config.positive("SIZE", 1);
        config.positive("WIDTH", 1);
        config.uri("URL");
        config.uri("OTHER_URL");
        config.flag("ON");

        assertThatThrownBy(config::check)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll(
                        "NAME is missing",
                        "EMPTY is missing",
                        "SIZE must be a whole number from 1 on",
                        "WIDTH must be a whole number from 1 on",
                        "URL must be an absolute URL",
                        "OTHER_URL is missing",
                        "ON must be true or false");
    }
}
