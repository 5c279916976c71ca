package io.holdfast.tool;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Calculates expressions, by recursive descent, on decimals of 34 digits.
 *
 * <pre>
 * sum     = product { (+ | -) product }
 * product = signed { (* | / | %) signed }
 * signed  = (+ | -) signed | power
 * power   = atom [ ^ signed ]
 * atom    = number | name | name ( sum { , sum } ) | ( sum )
 * </pre>
 *
 * <p>So {@code -2^2} is -4, and {@code 2^3^2} is 2^9. Length, depth and the size of every value are
 * bounded, so no expression takes long.
 */
final class Arithmetic {
    private static final int MAX_CHARACTERS = 1_000;
    private static final int MAX_DEPTH = 100;

    /** Of a value, as a power of ten; what is larger is refused, what is smaller is zero. */
    private static final int MAX_EXPONENT = 1_000;

    /** IEEE 754 decimal128's. */
    private static final MathContext PRECISION = MathContext.DECIMAL128;

    private static final BigDecimal PI = new BigDecimal("3.141592653589793238462643383279503");
    private static final BigDecimal E = new BigDecimal("2.718281828459045235360287471352662");

    private final String text;
    private int at;
    private int depth;

    private Arithmetic(String text) {
        this.text = text;
    }

    /** What an expression comes to. */
    sealed interface Answer {
        record Value(BigDecimal value) implements Answer {}

        /** In words, with the place. */
        record Wrong(String message) implements Answer {}
    }

    static Answer calculate(String expression) {
        if (expression.length() > MAX_CHARACTERS) {
            return new Answer.Wrong(
                    "The expression is longer than %d characters".formatted(MAX_CHARACTERS));
        }
        Arithmetic parser = new Arithmetic(expression);
        try {
            BigDecimal value = parser.sum();
            parser.skipSpaces();
            if (parser.at < expression.length()) {
                throw parser.wrong("expected an operator or the end");
            }
            return new Answer.Value(presentable(value));
        } catch (WrongExpressionException e) {
            return new Answer.Wrong(e.getMessage());
        }
    }

    /** Without zeros at the end, and without an exponent where there need not be one. */
    private static BigDecimal presentable(BigDecimal value) {
        BigDecimal plain = value.stripTrailingZeros();
        return plain.scale() < 0 && plain.scale() >= -40 ? plain.setScale(0) : plain;
    }

    private BigDecimal sum() throws WrongExpressionException {
        BigDecimal value = product();
        while (true) {
            if (take('+')) {
                value = bounded(value.add(product(), PRECISION));
            } else if (take('-')) {
                value = bounded(value.subtract(product(), PRECISION));
            } else {
                return value;
            }
        }
    }

    private BigDecimal product() throws WrongExpressionException {
        BigDecimal value = signed();
        while (true) {
            if (take('*')) {
                value = bounded(value.multiply(signed(), PRECISION));
            } else if (take('/')) {
                value = bounded(value.divide(divisor(), PRECISION));
            } else if (take('%')) {
                value = bounded(value.remainder(divisor()).round(PRECISION));
            } else {
                return value;
            }
        }
    }

    private BigDecimal divisor() throws WrongExpressionException {
        BigDecimal divisor = signed();
        if (divisor.signum() == 0) {
            throw wrong("division by zero");
        }
        return divisor;
    }

    private BigDecimal signed() throws WrongExpressionException {
        deeper();
        try {
            if (take('-')) {
                return signed().negate();
            }
            return take('+') ? signed() : power();
        } finally {
            depth--;
        }
    }

    private BigDecimal power() throws WrongExpressionException {
        BigDecimal base = atom();
        if (!take('^')) {
            return base;
        }
        BigDecimal exponent = signed().stripTrailingZeros();
        if (base.signum() == 0 && exponent.signum() < 0) {
            throw wrong("division by zero");
        }
        if (exponent.scale() <= 0 && exponent.abs().compareTo(BigDecimal.valueOf(10_000)) <= 0) {
            int whole = exponent.intValueExact();
            try {
                BigDecimal raised = base.pow(Math.abs(whole), PRECISION);
                if (whole >= 0) {
                    return bounded(raised);
                }
                // What is too small for a decimal is zero, and has no inverse.
                return raised.signum() == 0
                        ? bounded(BigDecimal.ONE.scaleByPowerOfTen(MAX_EXPONENT + 1))
                        : bounded(BigDecimal.ONE.divide(raised, PRECISION));
            } catch (ArithmeticException e) {
                throw wrong("the result is too large");
            }
        }
        return real(StrictMath.pow(base.doubleValue(), exponent.doubleValue()));
    }

    private BigDecimal atom() throws WrongExpressionException {
        skipSpaces();
        if (take('(')) {
            BigDecimal value = sum();
            expect(')');
            return value;
        }
        if (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            return number();
        }
        int start = at;
        while (at < text.length() && isNameCharacter(text.charAt(at), at > start)) {
            at++;
        }
        if (at == start) {
            throw wrong("expected a number");
        }
        String name = text.substring(start, at);
        if (!take('(')) {
            return constant(name, start);
        }
        List<BigDecimal> arguments = new ArrayList<>();
        do {
            arguments.add(sum());
        } while (take(','));
        expect(')');
        return bounded(function(name, arguments, start));
    }

    private BigDecimal number() throws WrongExpressionException {
        int start = at;
        digits();
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            digits();
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int mark = at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            int digits = at;
            digits();
            if (at == digits) {
                at = mark;
            } else if (at - digits > 5) {
                throw wrongAt(start, "the number is too large or too small");
            }
        }
        try {
            return bounded(new BigDecimal(text.substring(start, at)).round(PRECISION));
        } catch (NumberFormatException e) {
            throw wrongAt(start, "not a number");
        }
    }

    private void digits() {
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
    }

    private BigDecimal constant(String name, int start) throws WrongExpressionException {
        return switch (name) {
            case "pi" -> PI;
            case "e" -> E;
            default ->
                    throw wrongAt(start, "there is no constant of this name; there are pi and e");
        };
    }

    private BigDecimal function(String name, List<BigDecimal> arguments, int start)
            throws WrongExpressionException {
        BigDecimal first = arguments.getFirst();
        switch (name) {
            case "min" -> {
                return arguments.stream().reduce(first, BigDecimal::min);
            }
            case "max" -> {
                return arguments.stream().reduce(first, BigDecimal::max);
            }
            case "round" -> {
                if (arguments.size() == 2) {
                    return round(first, arguments.get(1), start);
                }
            }
            default -> {}
        }
        if (arguments.size() != 1) {
            throw wrongAt(start, "too many arguments");
        }
        return switch (name) {
            case "sqrt" -> {
                if (first.signum() < 0) {
                    throw wrongAt(start, "no root of a negative number");
                }
                yield first.sqrt(PRECISION);
            }
            case "abs" -> first.abs();
            case "round" -> first.setScale(0, RoundingMode.HALF_UP);
            case "floor" -> first.setScale(0, RoundingMode.FLOOR);
            case "ceil" -> first.setScale(0, RoundingMode.CEILING);
            case "ln" -> logarithm(first, start);
            case "log10" -> {
                BigDecimal logarithm = logarithm(first, start);
                BigDecimal exact = first.stripTrailingZeros();
                // A power of ten has a whole logarithm, which the division would miss.
                yield exact.precision() == 1 && exact.unscaledValue().intValue() == 1
                        ? BigDecimal.valueOf(-exact.scale())
                        : logarithm.divide(new BigDecimal(StrictMath.log(10)), PRECISION);
            }
            case "sin" -> real(StrictMath.sin(first.doubleValue()));
            case "cos" -> real(StrictMath.cos(first.doubleValue()));
            case "tan" -> real(StrictMath.tan(first.doubleValue()));
            default ->
                    throw wrongAt(
                            start,
                            "there is no function of this name; there are sqrt, abs, round, floor,"
                                    + " ceil, min, max, ln, log10, sin, cos and tan");
        };
    }

    private BigDecimal round(BigDecimal value, BigDecimal digits, int start)
            throws WrongExpressionException {
        if (digits.stripTrailingZeros().scale() > 0
                || digits.abs().compareTo(BigDecimal.valueOf(MAX_EXPONENT)) > 0) {
            throw wrongAt(start, "the digits to round to must be a small whole number");
        }
        int scale = digits.intValueExact();
        return value.scale() <= scale ? value : value.setScale(scale, RoundingMode.HALF_UP);
    }

    private BigDecimal logarithm(BigDecimal value, int start) throws WrongExpressionException {
        if (value.signum() <= 0) {
            throw wrongAt(start, "a logarithm takes a number above zero");
        }
        // Taken apart, because a double ends at 1e308.
        int exponent = value.precision() - value.scale() - 1;
        double mantissa = value.scaleByPowerOfTen(-exponent).doubleValue();
        return real(StrictMath.log(mantissa) + exponent * StrictMath.log(10));
    }

    private BigDecimal real(double value) throws WrongExpressionException {
        if (Double.isNaN(value)) {
            throw wrong("there is no real result");
        }
        if (Double.isInfinite(value)) {
            throw wrong("the result is too large");
        }
        return BigDecimal.valueOf(value);
    }

    private BigDecimal bounded(BigDecimal value) throws WrongExpressionException {
        long exponent = (long) value.precision() - value.scale();
        if (value.signum() == 0 || exponent < -MAX_EXPONENT) {
            return BigDecimal.ZERO;
        }
        if (exponent > MAX_EXPONENT) {
            throw wrong("the result is too large");
        }
        return value;
    }

    private void deeper() throws WrongExpressionException {
        if (++depth > MAX_DEPTH) {
            throw wrong("nested too deeply");
        }
    }

    private void expect(char wanted) throws WrongExpressionException {
        if (!take(wanted)) {
            throw wrong("expected '" + wanted + "'");
        }
    }

    private boolean take(char wanted) {
        skipSpaces();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpaces() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    private static boolean isNameCharacter(char character, boolean later) {
        return (character >= 'a' && character <= 'z') || (later && isDigit(character));
    }

    private WrongExpressionException wrong(String what) {
        return wrongAt(at, what);
    }

    private static WrongExpressionException wrongAt(int index, String what) {
        return new WrongExpressionException("At character %d: %s".formatted(index + 1, what));
    }

    private static final class WrongExpressionException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String words;

        WrongExpressionException(String words) {
            super(words);
            this.words = words;
        }

        @Override
        public String getMessage() {
            return words;
        }
    }
}
