package io.holdfast.local.states.language;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.OpenJsonata;
import com.fasterxml.jackson.databind.JsonNode;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A JSONata expression, parsed once. Safe for several threads: one evaluates at a time. */
public final class Expression {
    private static final Pattern NAME = Pattern.compile("\\$([\\p{L}_][\\p{L}\\p{N}_]*)");
    private static final Pattern QUOTED =
            Pattern.compile(
                    "'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"|/\\*.*?\\*/", Pattern.DOTALL);

    private final String source;
    private final String location;
    private final Jsonata compiled;
    private final Set<String> names;

    /**
     * Parses an expression.
     *
     * @param source the text between the delimiters
     * @param location the field that holds it
     * @throws IllegalArgumentException if it does not parse
     */
    Expression(String source, String location) {
        this.source = source.strip();
        this.location = location;
        try {
            this.compiled = Jsonata.jsonata(this.source);
        } catch (JException e) {
            throw new IllegalArgumentException(describe(e), e);
        } catch (RuntimeException | StackOverflowError e) {
            // The library trips over some malformed text instead of reporting it.
            throw new IllegalArgumentException("it cannot be parsed", e);
        }
        compiled.setValidateInput(false);
        compiled.setOutputConvertNulls(false);
        // Of the whole text: a quote in a regular expression would hide what follows it. A name too
        // many does no harm.
        this.names =
                NAME.matcher(this.source)
                        .results()
                        .map(match -> match.group(1))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** The expression without its string literals and comments. */
    String code() {
        return QUOTED.matcher(source).replaceAll("''");
    }

    /** The field that holds it. */
    public String location() {
        return location;
    }

    String subject() {
        return "The JSONata expression '%s' specified for the field '%s'"
                .formatted(source, location);
    }

    JsonNode evaluate(Environment environment) throws EvaluationException {
        Object result;
        try {
            synchronized (compiled) {
                Jsonata.Frame frame = compiled.createFrame();
                Corrections.bind(frame, names);
                AwsFunctions.bind(frame, environment, names);
                for (String name : names) {
                    Object value = environment.lookup(name);
                    if (value != null) {
                        frame.bind(name, value);
                    }
                }
                Bounds.set(frame);
                OpenJsonata.writeWith(Text::of, compiled);
                result = compiled.evaluate(null, frame);
            }
        } catch (RuntimeException e) {
            throw failed("threw an error during evaluation. " + describe(e));
        } catch (StackOverflowError e) {
            throw failed("threw an error during evaluation. It nests too deeply.");
        }
        if (result == null) {
            throw failed("returned nothing (undefined).");
        }
        try {
            return Values.fromJsonata(result);
        } catch (IllegalArgumentException e) {
            throw failed(String.valueOf(e.getMessage()));
        } catch (StackOverflowError e) {
            throw failed("returned a result that nests too deeply.");
        }
    }

    private EvaluationException failed(String what) {
        return new EvaluationException(location, subject() + " " + what);
    }

    private static String describe(RuntimeException e) {
        if (e instanceof JException error && error.getError() != null) {
            String message = String.valueOf(error.getMessage());
            return error.getError().matches("[A-Z]\\d{4}")
                    ? error.getError() + ": " + message
                    : error.getError();
        }
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause.getMessage() == null
                ? cause.getClass().getSimpleName()
                : String.valueOf(cause.getMessage());
    }
}
