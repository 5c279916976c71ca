package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        "a*, a, true",
        "*a, ba, true",
        "a*a, a, false",
        "a*a, aa, true",
        "a*b*c, aXbYc, true",
        "a*b*c, acb, false",
        "*b*, abc, true",
        "a**c, abc, true",
        "ab*ba, aba, false",
        "*ab*ab*, abab, true",
        "*ab*ab*, abb, false",
        "everything_*, everything_echo, true",
        ".*, echo, false",
        "ech., echo, false",
    })
    void aStarStandsForAnyCharacters(String pattern, String name, boolean matches) {
        assertThat(Wildcard.matches(pattern, name)).isEqualTo(matches);
        assertThat(Wildcard.matchesAny(List.of("none", pattern), name)).isEqualTo(matches);
    }

    @Test
    @Timeout(5)
    void noPatternTakesLong() {
        String pattern = "*a".repeat(5_000) + "b";
        assertThat(Wildcard.matches(pattern, "a".repeat(10_000))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "*, mcp_, true",
        "mcp_*, mcp_, true",
        "mcp_echo, mcp_, true",
        "m*, mcp_, true",
        "other, mcp_, false",
        "mcp, mcp_, false",
        "*_echo, mcp_, true",
        "echo, '', true",
    })
    void seesWhetherAPatternMayFitAPrefix(String pattern, String prefix, boolean may) {
        assertThat(Wildcard.mayMatchBeginning(pattern, prefix)).isEqualTo(may);
    }
}
