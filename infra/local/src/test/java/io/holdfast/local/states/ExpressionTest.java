package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;

/** Expressions and the functions that AWS adds, through a Pass state's output. */
final class ExpressionTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static final String INPUT =
            """
            {"n": 1, "f": 1.5, "s": "text", "nothing": null, "yes": true, "no": false,
             "list": [1, 2, 3], "one": [7], "empty": [], "nulls": [null, 1, null],
             "nested": [[1, 2], [3]], "long": 1234567890123, "tenth": 0.1,
             "users": [{"name": "Ann", "age": 30}, {"name": "Bob", "age": 20}],
             "single": [{"name": "Cid", "age": 40}], "object": {"a": 1, "b": {"c": [1]}},
             "json": "{\\"x\\": [1, 2.0, null]}"}
            """;

    private static DescribeExecutionResponse evaluate(String expression) {
        String text = expression.replace("\\", "\\\\").replace("\"", "\\\"");
        return STAND.run(
                Stand.machine(
                        "\"A\":{\"Type\":\"Pass\",\"Output\":\"{% " + text + " %}\",\"End\":true}"),
                INPUT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Numbers: one without a fraction stays an integer.
                "$states.input.n | 1",
                "$states.input.n + 1 | 2",
                "$states.input.f * 2 | 3",
                "$states.input.f | 1.5",
                "1.0 | 1",
                "7 / 2 | 3.5",
                "6 / 2 | 3",
                "-$states.input.n | -1",
                "10 % 4 | 2",
                "$states.input.long | 1234567890123",
                "$states.input.long + 1 | 1234567890124",
                "$states.input.tenth + 0.2 | 0.30000000000000004",
                "$sum($states.input.list) | 6",
                "$average($states.input.list) | 2",
                "$round(2.5) | 2",
                "$power(2, 10) | 1024",
                "$number('12') | 12",
                "$max($states.input.list) | 3",
                // Null is not undefined.
                "null | null",
                "$states.input.nothing | null",
                "$states.input.nothing = null | true",
                "$exists($states.input.nothing) | true",
                "$exists($states.input.missing) | false",
                "$type($states.input.nothing) | `\"null\"`",
                "{'a': null} | {\"a\":null}",
                "[null, 1] | [null,1]",
                "$states.input.nulls | [null,1,null]",
                "$states.input.nulls[0] | null",
                "{'a': $states.input.missing} | {}",
                "[$states.input.missing, 1] | [1]",
                // Sequences: one match alone is not an array, a list in the input is.
                "$states.input.list | [1,2,3]",
                "$states.input.one | [7]",
                "$states.input.empty | []",
                "$states.input.users.name | [\"Ann\",\"Bob\"]",
                "$states.input.single.name | `\"Cid\"`",
                "$states.input.single.name[] | [\"Cid\"]",
                "[$states.input.single.name] | [\"Cid\"]",
                "$states.input.users[age > 25].name | `\"Ann\"`",
                "$states.input.users[age > 25] | {\"name\":\"Ann\",\"age\":30}",
                "[$states.input.users[age > 99]] | []",
                "$states.input.nested | [[1,2],[3]]",
                "$states.input.list[0] | 1",
                "$states.input.list[-1] | 3",
                "$states.input.users^(age).name | [\"Bob\",\"Ann\"]",
                "$states.input.object.b.c | [1]",
                "$map($states.input.list, function($v) { $v * 2 }) | [2,4,6]",
                "$filter($states.input.list, function($v) { $v > 1 }) | [2,3]",
                "$reduce($states.input.list, function($a, $b) { $a + $b }) | 6",
                "$states.input.users{name: age} | {\"Ann\":30,\"Bob\":20}",
                "$merge([$states.input.object, {'a': 2}]) | {\"a\":2,\"b\":{\"c\":[1]}}",
                "$keys($states.input.object) | [\"a\",\"b\"]",
                "$lookup($states.input.object, 'a') | 1",
                "$append($states.input.list, 4) | [1,2,3,4]",
                "$count($states.input.empty) | 0",
                "[1..3] | [1,2,3]",
                // Strings, conditions, blocks, functions.
                "'a' & 1 & true | `\"a1true\"`",
                "$states.input.yes and $states.input.no | false",
                "$states.input.n = 1 ? 'one' : 'other' | `\"one\"`",
                "'text' in ['text', 'other'] | true",
                "{'a': 1} = {'a': 1.0} | true",
                "[1, 2] = [1, 2] | true",
                "( $x := 2; $y := $x * 3; $y ) | 6",
                "( $f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(20) ) |"
                        + " 2432902008176640000",
                "$states.input.s ~> $uppercase | `\"TEXT\"`",
                "$split('a,b', ',') | [\"a\",\"b\"]",
                "$replace('abc', /b/, 'x') | `\"axc\"`",
                "$contains('abc', /B/i) | true",
                "$string($states.input.object) | `\"{\\\"a\\\":1,\\\"b\\\":{\\\"c\\\":[1]}}\"`",
                "/* a comment */ 1 | 1",
                "$toMillis('2026-01-01T00:00:00Z') | 1767225600000",
                // Time stands still in these tests.
                "$now() | `\"2026-01-01T00:00:00.000Z\"`",
                "$millis() | 1767225600000",
                // AWS's functions; the results of $partition and $range are recorded from AWS.
                "$partition([1, 2, 3, 4, 5], 2) | [[1,2],[3,4],[5]]",
                "$partition([0], 3) | [[0]]",
                "$partition([0, 1], 1) | [[0],[1]]",
                "$partition([1, 2, 3, 4, 5], 2.6) | [[1,2],[3,4],[5]]",
                "$partition([1, 2, 3]) | [[1,2,3]]",
                "$range(1.4, 5.6, 2.2) | [1,3,5]",
                "$count($range(1, 1001, 1)) | 1001",
                "$map(['1', '[2]'], $parse) | [1,[2]]",
                "( $sha := $hash(?, 'SHA-256'); $length($sha('x')) ) | 64",
                "$range(0, 9, 3) | [0,3,6,9]",
                "$range(0, 10, 3) | [0,3,6,9]",
                "$range(1, 9, 2) | [1,3,5,7,9]",
                "$range(1, 9, 9) | 1",
                "$range(5, 1, -2) | [5,3,1]",
                "$count($range(1, 5, -1)) | 0",
                "$hash('abc', 'MD5') | `\"900150983cd24fb0d6963f7d28e17f72\"`",
                "$hash('abc', 'SHA-1') | `\"a9993e364706816aba3e25717850c26c9cd0d89d\"`",
                "$hash('', 'SHA-256') |"
                        + " `\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"`",
                "$length($hash('abc', 'SHA-384')) | 96",
                "$length($hash('abc', 'SHA-512')) | 128",
                "$parse($states.input.json) | {\"x\":[1,2,null]}",
                "$parse('null') | null",
                "$parse('-0') | 0",
                "$parse('\"HelloWorld\"') | `\"HelloWorld\"`",
                "$random(7) = $random(7) | true",
                "$random() < 1 and $random() >= 0 | true",
                "$contains($uuid(),"
                    + " /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) |"
                    + " true",
                "$uuid() = $uuid() | false",
            })
    void givesTheValueThatJsonataDefines(String expression, String expected) {
        assertThat(Stand.output(evaluate(expression)).toString()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$missing | returned nothing (undefined).",
                "$states.input.missing | returned nothing (undefined).",
                "$states.input.users[age > 99] | returned nothing (undefined).",
                "$ | returned nothing (undefined).",
                "$$ | returned nothing (undefined).",
                "unqualified | returned nothing (undefined).",
                "$partition($states.input.missing, 2) | returned nothing (undefined).",
                "$states.input.s + 1 | T2001",
                "$states.input.n + 'x' | T2002",
                "$sum('x') | T0412",
                "$number('x') | D3030",
                "$states.input.s > 1 | T2009",
                "$nosuch(1) | Attempted to invoke a non-function",
                "$eval('1 + 1') | Attempted to invoke a non-function",
                "$error('broken') | broken",
                "$parse('{') | $parse:",
                // Recorded from AWS: they take neither other types nor more or fewer arguments.
                "$parse('') | $parse:",
                "$parse(1) | T0410",
                "$parse(null) | must be a string. It is null.",
                "$parse({'a': 1}) | T0410",
                "$parse() | T0410",
                "$parse('1', 1) | T0410",
                "$hash('a', 'CRC') | argument 2 must be",
                "$hash('a', 'sha-256') | argument 2 must be",
                "$hash(1, 'MD5') | T0410",
                "$hash() | T0410",
                "$hash('a') | T0410",
                "$hash('a', 'MD5', 1) | T0410",
                "$partition([1], 0) | must be positive",
                "$partition([1], -1) | must be positive",
                "$partition([1], '2') | T0410",
                "$partition([1], null) | must be an integer. It is null.",
                "$partition('a', 2) | must be an array",
                "$partition([1], 2, 99) | T0410",
                "$range(1, 2, 0) | must not be 0",
                "$range(1, 10, 0.49) | must not be 0",
                "$range('a', 5, 1) | T0410",
                "$range(1, 5, null) | must be an integer. It is null.",
                "$range(1, 2) | T0410",
                "$range(1, 2, 1, 99) | T0410",
                "$random('x') | T0410",
                "$random(null) | must be an integer. It is null.",
                "$random(1, 2) | T0410",
                "$uuid('x') | T0410",
                "$uuid(null) | T0410",
                "function($x) { $x } | returned an unsupported result type.",
                "{'f': $sum} | returned an unsupported result type.",
                "1 / 0 | out of range",
                "( $f := function($n) { 1 + $f($n + 1) }; $f(0) ) | ",
            })
    void failsAsAQueryEvaluationError(String expression, String cause) {
        DescribeExecutionResponse execution = evaluate(expression);

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause())
                .startsWith(
                        "An error occurred while executing the state 'A' (entered at the event id"
                                + " #2). The JSONata expression '"
                                + expression
                                + "' specified for the field 'Output' ")
                .contains(cause == null ? "" : cause);
    }

    @Test
    void endsAnExpressionThatRunsAway() {
        DescribeExecutionResponse execution =
                evaluate("( $f := function($n) { $f($n + 1) }; $f(0) )");

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause()).contains("runs too long");
    }

    @Test
    void transformsAnObject() {
        assertThat(Stand.output(evaluate("$states.input.object ~> |$|{'z': 1}, 'b'|")).toString())
                .isEqualTo("{\"a\":1,\"z\":1}");
    }

    @Test
    void leavesStringsAloneThatAreNoExpressions() {
        String output =
                """
                {"a": " {% $states.input %} ", "b": "$states.input", "c": "$.x", "d.$": "$",
                 "e": "States.Format('{}', 1)", "f": 0.1, "g": null, "h": [], "i": {}}
                """;

        assertThat(
                        STAND.output(
                                Stand.machine(
                                        "\"A\":{\"Type\":\"Pass\",\"End\":true,\"Output\":"
                                                + output
                                                + "}"),
                                "{}"))
                .isEqualTo(Stand.json(output));
    }

    @Test
    void evaluatesExpressionsAtAnyDepthAndNamesTheOneThatFails() {
        assertThat(
                        STAND.output(
                                Stand.machine(
                                        """
                                        "A": {"Type": "Pass", "End": true, "Output":
                                          {"a": ["{% $states.input %}", {"b": "{% 1 + 1 %}"}]}}
                                        """),
                                "5"))
                .isEqualTo(Stand.json("{\"a\":[5,{\"b\":2}]}"));
        assertThat(
                        STAND.run(
                                        Stand.machine(
                                                """
                                                "A": {"Type": "Pass", "End": true, "Output":
                                                  {"a": [1, {"b": "{% $nope %}"}]}}
                                                """),
                                        "5")
                                .cause())
                .contains("specified for the field 'Output/a[1]/b' returned nothing");
    }
}
