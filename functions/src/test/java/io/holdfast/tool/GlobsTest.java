package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobsTest {
    @ParameterizedTest
    @CsvSource({
        "echo, echo, true",
        "echo, echo2, false",
        "*, anything, true",
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
    void starStandsForAnyCharacters(String pattern, String name, boolean matches) {
        assertThat(Globs.matches(pattern, name)).isEqualTo(matches);
    }

    @Test
    @Timeout(5)
    void noPatternTakesLong() {
        String pattern = "*a".repeat(5_000) + "b";
        assertThat(Globs.matches(pattern, "a".repeat(10_000))).isFalse();
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
        assertThat(Globs.mayMatchBeginning(pattern, prefix)).isEqualTo(may);
    }
}
