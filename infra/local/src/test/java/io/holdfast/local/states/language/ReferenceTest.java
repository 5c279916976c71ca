package io.holdfast.local.states.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.TimeZone;

/** Where the library differs from JSONata's reference implementation, whose results these are. */
final class ReferenceTest {

    private static String evaluate(String expression) throws EvaluationException {
        Environment environment =
                new Environment(
                        Json.object(),
                        _ -> null,
                        InstantSource.fixed(Instant.EPOCH),
                        new Random(1));
        return Json.write(new Expression(expression, "Output").evaluate(environment));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Numbers as text: 15 digits, as JavaScript writes them.
                "$string(100 * 1.1) | `\"110\"`",
                "'Total: ' & 0.1 * 3 * 100 | `\"Total: 30\"`",
                "'' & {'a': 100 * 1.1} | `\"{\\\"a\\\":110}\"`",
                "'' & 1e20 | `\"100000000000000000000\"`",
                "'' & 1.23e22 | `\"1.23e+22\"`",
                "'' & 0.000001 | `\"0.000001\"`",
                "'' & -0.00000012 | `\"-1.2e-7\"`",
                "'' & 1.0 | `\"1\"`",
                "'' & 1 / 3 | `\"0.333333333333333\"`",
                "'' & -0 | `\"0\"`",
                // Text within JSON: only what has to be escaped is.
                "$string({'a': '€ – ’ 😀'}) | `\"{\\\"a\\\":\\\"€ – ’ 😀\\\"}\"`",
                "$string({'a': {}, 'b': []}, true) |"
                        + " `\"{\\n  \\\"a\\\": {},\\n  \\\"b\\\": []\\n}\"`",
                "$string([1, [null, $sum]]) | `\"[1,[null,\\\"\\\"]]\"`",
                "$string($sum) & $string(/a/) | `\"\"`",
                // Code points are not cut.
                "$substring('a😀b', 1, 1) | `\"😀\"`",
                "$substring('😀😀x', -1) | `\"x\"`",
                "$substring('hello', -9, 2) | `\"he\"`",
                "$substring('hello', 1.9, 2.9) | `\"el\"`",
                "$substring('hello', 9) | `\"\"`",
                "$substring('hello', 0, -1) | `\"\"`",
                "$pad('😀', 4, 'ab') & $pad('a', -3) & $pad('abc', 2) & $pad('a', 2, '') |"
                        + " `\"😀aba  aabca \"`",
                // Regular expressions.
                "$match('abcabc', /b/, 1).index | 1",
                "$count($match('abcabc', /b/, 0)) | 0",
                "$match('abc', /(x)?b(c)/).groups | [null,\"c\"]",
                "$replace('abc', /b/, '$$') | `\"a$c\"`",
                "$replace('abc', /b/, 'cost $5') | `\"acost c\"`",
                "$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1') | `\"Smith, John\"`",
                "$replace('abc', /(a)(b)/, '$1$12') | `\"aa2c\"`",
                "$replace('x', /x/, '\\\\') | `\"\\\\\"`",
                "$replace('a.b.c', '.', '-', 1) | `\"a-b.c\"`",
                "$replace('aaa', 'a', 'ab', 2) | `\"ababa\"`",
                "$replace('a$', '$', '$$') | `\"a$$\"`",
                "$replace('abc', /a(b)/, function($m) { $m.groups[0] }) | `\"bc\"`",
                "$replace(\"it's\", /'/, $hash('', 'MD5')) |"
                        + " `\"itd41d8cd98f00b204e9800998ecf8427es\"`",
                // Arrays.
                "$distinct([{'a': 1}, {'a': 1}]) | [{\"a\":1}]",
                "$distinct([{'a': 1}, {'a': 1}].a) | 1",
                "$sort([{'k': 1, 'v': 'a'}, {'k': 0, 'v': 'b'}, {'k': 1, 'v': 'c'}],"
                        + " function($l, $r) { $l.k > $r.k }).v | [\"b\",\"a\",\"c\"]",
                "$sort([3, 1, 2]) | [1,2,3]",
                "$sum([0.1, 0.2, 0.3]) | 0.6000000000000001",
                "$count(null) | 1",
                // Partial application.
                "$map(['ab', 'cd'], $substring(?, 1)) | [\"b\",\"d\"]",
                "( $f := function($a, $b, $c) { $exists($c) }; $map([1, 2], $f(?, 9)) ) |"
                        + " [false,false]",
                "( $f := $replace(?, 'l', 'L'); $f('hello') ) | `\"heLLo\"`",
                // The rest.
                "$encodeUrl('https://a.b/c d?e=é&f=g h#i') |"
                        + " `\"https://a.b/c%20d?e=%C3%A9&f=g%20h#i\"`",
                "$number('0b101') + $number('0o17') + $number('0xff') | 275",
                "$formatNumber(34.555, '#0.00') | `\"34.56\"`",
                "$toMillis('2024-02') | 1706745600000",
            })
    void givesTheReferencesResult(String expression, String expected) throws EvaluationException {
        assertThat(evaluate(expression)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$replace('abc', /b*/, 'x') | D1004",
                "$replace('abc', /b/, function($m) { 1 }) | D3012",
                "$replace('abc', /b/, 'x', -1) | must not be negative",
                "$replace('abc', '', 'x') | must not be empty",
                "$number(' 42 ') | D3030",
                "$number('+1') | D3030",
                "$number('.5') | D3030",
                "$number('1e400') | D3030",
                "$sort([true, false]) | D3070",
                "$sort([1, 'a']) | D3070",
                "$toMillis('20240229') | D3110",
                // What would fill the memory or run for ever ends.
                "$pad('x', 2000000000) | must be at most",
                "( $d := function($s, $n) { $n = 0 ? $s : $d($s & $s, $n - 1) }; $d('x', 40) ) |"
                        + " A text may have",
            })
    void failsAsTheReferenceDoes(String expression, String message) {
        assertThatThrownBy(() -> evaluate(expression))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aTimeWithoutAZoneIsUtcWhereverThisRuns() throws EvaluationException {
        TimeZone zone = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
        try {
            assertThat(evaluate("$toMillis('1970-01-02T00:00:00')")).isEqualTo("86400000");
        } finally {
            TimeZone.setDefault(zone);
        }
    }
}
