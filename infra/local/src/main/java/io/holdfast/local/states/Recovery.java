package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.language.ErrorHandling;
import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.Exit;
import io.holdfast.local.states.language.Json;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * Runs a state's attempts: the first retrier that matches an error decides about it, and when it is
 * used up, the first catcher that matches. The counts live as long as this visit of the state.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error">Retrying
 *     after an error</a>
 */
final class Recovery {
    /** One attempt of a state. */
    interface Attempt {
        Payload run() throws StateFailure;
    }

    private final Visit visit;
    private final ErrorHandling handling;
    private final Exit exit;
    private final int[] used;

    Recovery(Visit visit, ErrorHandling handling, Exit exit) {
        this.visit = visit;
        this.handling = handling;
        this.exit = exit;
        this.used = new int[handling.retriers().size()];
    }

    Visit.Step run(Attempt attempt) throws StateFailure {
        while (true) {
            try {
                Payload result = attempt.run();
                return visit.leave(exit, result, visit.environment("result", result.json()));
            } catch (StateFailure failure) {
                Duration delay = nextDelay(failure);
                if (delay == null) {
                    return caught(failure);
                }
                visit.sleep(delay);
                visit.retrying();
            }
        }
    }

    /** How long to wait before the next attempt, or absent if there is none. */
    private @Nullable Duration nextDelay(StateFailure failure) {
        List<ErrorHandling.Retrier> retriers = handling.retriers();
        for (int i = 0; i < retriers.size(); i++) {
            ErrorHandling.Retrier retrier = retriers.get(i);
            if (ErrorNames.match(retrier.errors(), failure.error())) {
                return used[i] < retrier.maxAttempts() ? delay(retrier, used[i]++) : null;
            }
        }
        return null;
    }

    private Duration delay(ErrorHandling.Retrier retrier, int before) {
        double seconds =
                Math.min(
                        retrier.maxDelaySeconds(),
                        retrier.intervalSeconds() * Math.pow(retrier.backoffRate(), before));
        if (retrier.jitter()) {
            seconds *= visit.settings().random().nextDouble();
        }
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private Visit.Step caught(StateFailure failure) throws StateFailure {
        if (!visit.type().equals("Task")) {
            visit.event(visit.type() + "StateFailed", null, Json.object());
        }
        for (ErrorHandling.Catcher catcher : handling.catchers()) {
            if (ErrorNames.match(catcher.errors(), failure.error())) {
                JsonNode output = failure.output();
                return visit.leave(
                        catcher.exit(),
                        Payload.of(output),
                        visit.environment("errorOutput", output));
            }
        }
        throw failure;
    }
}
