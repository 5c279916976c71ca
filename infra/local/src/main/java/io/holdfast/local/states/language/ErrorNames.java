package io.holdfast.local.states.language;

import java.util.List;
import java.util.Set;

/**
 * The errors that the language names, and which of them answer to which wildcard.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation">Error
 *     names</a>
 */
public final class ErrorNames {
    /** Any error but {@link #DATA_LIMIT_EXCEEDED} and {@link #RUNTIME}. */
    public static final String ALL = "States.ALL";

    /** As a wildcard, whatever {@link #ALL} matches but {@link #TIMEOUT}. */
    public static final String TASK_FAILED = "States.TaskFailed";

    /** A task took too long, or sent no heartbeat. */
    public static final String TIMEOUT = "States.Timeout";

    /** A task sent no heartbeat; known in Retry and Catch only, elsewhere it is a timeout. */
    public static final String HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout";

    /** An output is larger than 256 KiB. */
    public static final String DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded";

    /** The execution cannot go on. */
    public static final String RUNTIME = "States.Runtime";

    /** An expression failed. */
    public static final String QUERY_EVALUATION_ERROR = "States.QueryEvaluationError";

    /** No rule of a Choice state held, and it has no default. */
    public static final String NO_CHOICE_MATCHED = "States.NoChoiceMatched";

    /** Too many items of a Map state failed. */
    public static final String EXCEED_TOLERATED_FAILURE_THRESHOLD =
            "States.ExceedToleratedFailureThreshold";

    private static final Set<String> RESERVED =
            Set.of(
                    ALL,
                    TASK_FAILED,
                    TIMEOUT,
                    HEARTBEAT_TIMEOUT,
                    DATA_LIMIT_EXCEEDED,
                    RUNTIME,
                    QUERY_EVALUATION_ERROR,
                    NO_CHOICE_MATCHED,
                    EXCEED_TOLERATED_FAILURE_THRESHOLD,
                    "States.Permissions",
                    "States.ResultPathMatchFailure",
                    "States.ParameterPathFailure",
                    "States.BranchFailed",
                    "States.IntrinsicFailure",
                    "States.ItemReaderFailed",
                    "States.ResultWriterFailed",
                    "States.Http.Socket");

    private ErrorNames() {}

    static boolean isPossible(String name) {
        return !name.startsWith("States.") || RESERVED.contains(name);
    }

    /** Whether one of the names of an {@code ErrorEquals} matches an error. */
    public static boolean match(List<String> names, String error) {
        return names.stream().anyMatch(name -> matches(name, error));
    }

    private static boolean matches(String name, String error) {
        if (name.equals(error)) {
            return true;
        }
        boolean terminal = error.equals(DATA_LIMIT_EXCEEDED) || error.equals(RUNTIME);
        boolean timeout = error.equals(TIMEOUT) || error.equals(HEARTBEAT_TIMEOUT);
        return switch (name) {
            case ALL -> !terminal;
            case TASK_FAILED -> !terminal && !timeout;
            case TIMEOUT -> timeout;
            default -> false;
        };
    }
}
