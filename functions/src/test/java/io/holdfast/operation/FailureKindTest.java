package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
final class FailureKindTest {

    @ParameterizedTest
    @EnumSource
    void isFoundByItsName(FailureKind kind) {
        assertThat(FailureKind.of(kind.wireName())).isEqualTo(kind);
        assertThat(kind.words()).endsWith(".");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "TIMEOUT", "rate-limited", "completed", "null", "anything"})
    void whatHasNoNameIsUnknown(String name) {
        assertThat(FailureKind.of(name)).isEqualTo(FailureKind.UNKNOWN);
    }
}
