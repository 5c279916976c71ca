package io.holdfast.local.states.language;

import java.util.Set;

/** What a Task state runs. */
public sealed interface Resource {

    /** How long the task lasts. */
    Pattern pattern();

    /** A Lambda function named by its ARN: its payload is the task's arguments. */
    record Function(String arn) implements Resource {
        @Override
        public Pattern pattern() {
            return Pattern.REQUEST_RESPONSE;
        }
    }

    /** An optimised integration, such as {@code arn:aws:states:::sqs:sendMessage}. */
    record Integration(Service service, Pattern pattern) implements Resource {}

    /** How long a task lasts. */
    enum Pattern {
        /** Until the call is answered. */
        REQUEST_RESPONSE(""),
        /** Until the started work ends; its output is a string. */
        SYNC(".sync"),
        /** Until the started work ends; its output is JSON. */
        SYNC_2(".sync:2"),
        /** Until someone sends the task's token back. */
        WAIT_FOR_TASK_TOKEN(".waitForTaskToken");

        final String suffix;

        Pattern(String suffix) {
            this.suffix = suffix;
        }
    }

    /**
     * A service, its action, and the arguments that it takes.
     *
     * @see <a
     *     href="https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html">Optimised
     *     integrations</a>
     */
    @SuppressWarnings("ImmutableEnumChecker") // The sets come from Set.of.
    enum Service {
        LAMBDA(
                "lambda",
                "invoke",
                Set.of("FunctionName"),
                Set.of("Payload", "Qualifier", "InvocationType", "ClientContext", "LogType"),
                Set.of(Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN)),
        SQS(
                "sqs",
                "sendMessage",
                Set.of("QueueUrl", "MessageBody"),
                Set.of(
                        "DelaySeconds",
                        "MessageAttributes",
                        "MessageDeduplicationId",
                        "MessageGroupId"),
                Set.of(Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN)),
        STATES(
                "states",
                "startExecution",
                Set.of("StateMachineArn"),
                Set.of("Input", "Name", "TraceHeader"),
                Set.of(Pattern.values()));

        final String service;
        final String action;
        final Set<String> required;
        final Set<String> optional;
        final Set<Pattern> patterns;

        Service(
                String service,
                String action,
                Set<String> required,
                Set<String> optional,
                Set<Pattern> patterns) {
            this.service = service;
            this.action = action;
            this.required = required;
            this.optional = optional;
            this.patterns = patterns;
        }

        /** The service's name, as an event's {@code resourceType}. */
        public String service() {
            return service;
        }

        /** The action with the pattern's ending, as an event's {@code resource}. */
        public String action(Pattern pattern) {
            return action + pattern.suffix;
        }
    }
}
