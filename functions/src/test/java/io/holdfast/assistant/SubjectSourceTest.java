package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

@NullMarked
final class SubjectSourceTest {
    private static final SubjectSource SOURCE =
            new SubjectSource(
                    "experiment",
                    "https://lab.example.com/e/{{id}}?again={{ id }}",
                    Map.of(),
                    false,
                    Duration.ofSeconds(3));

    @Test
    void putsTheIdInAsOneSegment() {
        assertThat(SOURCE.url("exp_42"))
                .contains(URI.create("https://lab.example.com/e/exp_42?again=exp_42"));
        assertThat(SOURCE.url("a/b:c.d"))
                .contains(URI.create("https://lab.example.com/e/a%2Fb%3Ac.d?again=a%2Fb%3Ac.d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../admin", "a/../b", "a//b", "a/", "/etc", "a/."})
    void leadsNowhereElse(String id) {
        assertThat(SOURCE.url(id)).isEmpty();
    }
}
