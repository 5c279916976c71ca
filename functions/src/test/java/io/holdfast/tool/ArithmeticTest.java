package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;

class ArithmeticTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '=',
            value = {
                "1 + 2 * 3 = 7",
                "(1 + 2) * 3 = 9",
                "10 - 2 - 3 = 5",
                "0.1 + 0.2 = 0.3",
                "7 % 3 = 1",
                "-7 % 3 = -1",
                "-2^2 = -4",
                "(-2)^2 = 4",
                "2^3^2 = 512",
                "2^-2 = 0.25",
                "2 * -3 = -6",
                "--3 = 3",
                "1/3 = 0.3333333333333333333333333333333333",
                "sqrt(16) = 4",
                "4^0.5 = 2",
                "abs(-3) = 3",
                "round(2.5) = 3",
                "round(2.345, 2) = 2.35",
                "round(1234, -2) = 1200",
                "floor(-1.5) = -2",
                "ceil(1.2) = 2",
                "min(3, 1, 2) = 1",
                "max(3, 1, 2) = 3",
                "ln(1) = 0",
                "log10(1000) = 3",
                "log10(0.001) = -3",
                "sin(0) = 0",
                "cos(0) = 1",
                "tan(0) = 0",
                "1e3 = 1000",
                "1.5E-3 = 0.0015",
                "1000000 * 1000000 = 1000000000000",
                ".5 + 5. = 5.5",
            })
    void calculates(String expression, String expected) {
        assertThat(Arithmetic.calculate(expression))
                .isEqualTo(new Arithmetic.Answer.Value(new BigDecimal(expected.strip())));
    }

    @Test
    void knowsItsConstants() {
        assertThat(value("pi").doubleValue()).isEqualTo(Math.PI);
        assertThat(value("ln(e)").doubleValue()).isEqualTo(1.0);
        assertThat(value("sin(pi / 2)").doubleValue()).isEqualTo(1.0);
        assertThat(value("ln(10^900)").doubleValue()).isBetween(2072.3, 2072.4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 / 0 | division by zero",
                "1 % 0 | division by zero",
                "0 ^ -1 | division by zero",
                "1 + | At character 4: expected a number",
                "1 2 | At character 3: expected an operator",
                "(1 | expected ')'",
                "foo(1) | no function",
                "foo | no constant",
                "sqrt(-1) | negative",
                "sqrt(1, 2) | too many",
                "ln(0) | above zero",
                "(-8)^0.5 | no real result",
                "9^9^9 | too large",
                "10^10000 | too large",
                "1e999999999999 | too large or too small",
                ". | not a number",
                "2e | expected an operator",
                "1 + ä | expected a number",
            })
    void saysWhatIsWrongAndWhere(String expression, String expected) {
        assertThat(((Arithmetic.Answer.Wrong) Arithmetic.calculate(expression)).message())
                .contains(expected);
    }

    @ParameterizedTest
    @Timeout(5)
    @ValueSource(
            strings = {
                "9^9999 * 9^9999 * 9^9999",
                "(9^1000)^9999",
                "1e1000 % 7e-1000",
                "sqrt(1e1000) + 1e-1000",
                "round(1e1000, 1000)",
                "0.99999^9999^9",
                "10^-9999",
                "2^-10000",
                "1e99999",
            })
    void noInputHangsIt(String expression) {
        assertThat(Arithmetic.calculate(expression)).isNotNull();
    }

    @Test
    void lengthAndDepthAreBounded() {
        assertThat(Arithmetic.calculate("1+".repeat(600) + "1"))
                .isInstanceOf(Arithmetic.Answer.Wrong.class);
        assertThat(Arithmetic.calculate("(".repeat(400) + "1" + ")".repeat(400)))
                .isInstanceOf(Arithmetic.Answer.Wrong.class);
        assertThat(Arithmetic.calculate("-".repeat(900) + "1"))
                .isInstanceOf(Arithmetic.Answer.Wrong.class);
    }

    private static BigDecimal value(String expression) {
        return ((Arithmetic.Answer.Value) Arithmetic.calculate(expression)).value();
    }
}
