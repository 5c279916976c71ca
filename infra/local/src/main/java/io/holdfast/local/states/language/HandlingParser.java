package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code Retry} and {@code Catch}.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html">Handling
 *     errors</a>
 */
final class HandlingParser {
    private static final int MAX_DELAY = 31_622_400;

    private HandlingParser() {}

    static ErrorHandling handling(Fields fields) {
        List<ErrorHandling.Retrier> retriers = new ArrayList<>();
        List<JsonNode> retry = fields.list("Retry");
        for (int i = 0; i < retry.size(); i++) {
            Fields retrier = fields.object(retry.get(i), "Retry[" + i + "]");
            retriers.add(retrier(retrier, errors(retrier, i == retry.size() - 1)));
            retrier.refuseOthers();
        }
        List<ErrorHandling.Catcher> catchers = new ArrayList<>();
        List<JsonNode> catches = fields.list("Catch");
        for (int i = 0; i < catches.size(); i++) {
            String at = "Catch[" + i + "]";
            Fields catcher = fields.object(catches.get(i), at);
            List<String> errors = errors(catcher, i == catches.size() - 1);
            catchers.add(new ErrorHandling.Catcher(errors, ExitParser.catcher(catcher, at)));
            catcher.refuseOthers();
        }
        return new ErrorHandling(retriers, catchers);
    }

    private static ErrorHandling.Retrier retrier(Fields fields, List<String> errors) {
        int interval = fields.integer("IntervalSeconds", 1, 1, DefinitionParser.MAX_SECONDS);
        int attempts = fields.integer("MaxAttempts", 3, 0, DefinitionParser.MAX_SECONDS);
        int maxDelay = fields.integer("MaxDelaySeconds", MAX_DELAY, 1, MAX_DELAY);
        JsonNode rate = fields.take("BackoffRate");
        double backoff = 2.0;
        if (rate != null) {
            if (!rate.isNumber() || rate.doubleValue() < 1.0) {
                fields.problem("BackoffRate", "Expected a number of at least 1.0");
            }
            backoff = rate.asDouble();
        }
        String jitter = fields.text("JitterStrategy");
        if (jitter != null && !jitter.equals("FULL") && !jitter.equals("NONE")) {
            fields.problem("JitterStrategy", "'JitterStrategy' should be 'FULL' or 'NONE'");
        }
        return new ErrorHandling.Retrier(
                errors, interval, attempts, backoff, maxDelay, "FULL".equals(jitter));
    }

    /** "States.ALL must appear alone and in the last retrier" or catcher (the specification). */
    private static List<String> errors(Fields fields, boolean last) {
        if (fields.required("ErrorEquals").isNull()) {
            return List.of();
        }
        List<String> errors = new ArrayList<>();
        for (JsonNode name : fields.list("ErrorEquals")) {
            if (!name.isTextual()) {
                fields.problem("ErrorEquals", "Expected strings");
                return List.of();
            }
            errors.add(name.textValue());
            if (!ErrorNames.isPossible(name.textValue())) {
                fields.problem(
                        "ErrorEquals", "'" + name.textValue() + "' is no error of the language");
            }
        }
        if (errors.isEmpty()) {
            fields.problem("ErrorEquals", "Value cannot be empty");
        }
        if (errors.contains(ErrorNames.ALL)) {
            if (errors.size() > 1) {
                fields.problem("ErrorEquals", "'States.ALL' must appear alone");
            }
            if (!last) {
                fields.problem("ErrorEquals", "'States.ALL' must come last");
            }
        }
        return errors;
    }
}
