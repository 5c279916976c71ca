package io.holdfast.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Of which sites pages may open a connection. */
@NullMarked
final class OriginsTest {

    @Test
    void whereNoneIsNamedEveryPageMay() {
        assertThat(new Origins(List.of()).admit("https://any.example")).isTrue();
    }

    @Test
    void pagesOfOthersMayNot() {
        Origins origins = new Origins(List.of("https://app.example", "http://localhost:5173"));

        assertThat(origins.admit("https://app.example")).isTrue();
        assertThat(origins.admit("http://localhost:5173")).isTrue();
        for (String other :
                new String[] {
                    "http://app.example",
                    "https://app.example.evil.example",
                    "https://evil.example",
                    "http://localhost:5174",
                    "null",
                    ""
                }) {
            assertThat(origins.admit(other)).as(other).isFalse();
        }
    }

    @Test
    void whatIsNoBrowserMay() {
        assertThat(new Origins(List.of("https://app.example")).admit(null)).isTrue();
    }

    @Test
    void allOfASchemeCanBeNamedAsInTheGateway() {
        assertThat(new Origins(List.of("*")).admit("http://any.example")).isTrue();
        assertThat(new Origins(List.of("https://*")).admit("https://any.example")).isTrue();
        assertThat(new Origins(List.of("https://*")).admit("http://any.example")).isFalse();
    }
}
