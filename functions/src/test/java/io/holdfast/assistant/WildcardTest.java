package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

@NullMarked
final class WildcardTest {

    @ParameterizedTest
    @CsvSource({
        "echo, echo, true",
        "echo, echo2, false",
        "*, echo, true",
        "*, '', true",
        "e*o, echo, true",
        "e*o, eo, true",
        "e*o, echoes, false",
        "*ch*, echo, true",
        "a*b*c, axbxbxc, true",
        "a*b*c, axcxb, false",
        "e.ho, echo, false",
        "'', echo, false",
    })
    void aStarStandsForAnyCharacters(String pattern, String name, boolean matches) {
        assertThat(Wildcard.matches(pattern, name)).isEqualTo(matches);
        assertThat(Wildcard.matchesAny(List.of("none", pattern), name)).isEqualTo(matches);
    }
}
