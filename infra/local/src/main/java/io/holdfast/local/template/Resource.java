package io.holdfast.local.template;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something in the template that runs here, with every value worked out. */
public sealed interface Resource {

    /** The name by which the template knows it. */
    String logicalId();

    /**
     * A function.
     *
     * @param name its name: {@code FunctionName}, or its logical id
     * @param handler the class, as {@code package.Class} or {@code package.Class::handleRequest}
     * @param environment its own variables, without those that Lambda adds
     * @param timeout how long one invocation may take
     * @param memoryMegabytes what it has on AWS; told to it, not enforced
     * @param concurrency the most invocations at once, if the template reserves a number
     * @param unattended what becomes of it when nobody waits for its answer
     */
    record Function(
            String logicalId,
            String name,
            String handler,
            Map<String, String> environment,
            Duration timeout,
            int memoryMegabytes,
            Optional<Integer> concurrency,
            Unattended unattended)
            implements Resource {
        /** Copies the environment. */
        public Function {
            environment = Map.copyOf(environment);
        }

        /**
         * How asynchronous invocations are tried again (Lambda developer guide, "Configuring error
         * handling settings for asynchronous invocations").
         *
         * @param retries how often after the first attempt
         * @param longest how old an event may be
         * @param deadLetters the ARN of the queue of those that failed, if there is one
         */
        public record Unattended(int retries, Duration longest, Optional<String> deadLetters) {
            /** Where the template says nothing. */
            public static final Unattended DEFAULT =
                    new Unattended(2, Duration.ofHours(6), Optional.empty());
        }

        /** Its ARN. */
        public String arn() {
            return Pseudo.arn("lambda", "function:" + name);
        }
    }

    /**
     * A DynamoDB table.
     *
     * @param attributes the key attributes' types: {@code S}, {@code N} or {@code B}
     * @param timeToLive the attribute that holds an item's end, if there is one
     */
    record Table(
            String logicalId,
            String name,
            Map<String, String> attributes,
            Key key,
            List<Index> globalIndexes,
            List<Index> localIndexes,
            Optional<String> timeToLive)
            implements Resource {
        /** Copies the collections. */
        public Table {
            attributes = Map.copyOf(attributes);
            globalIndexes = List.copyOf(globalIndexes);
            localIndexes = List.copyOf(localIndexes);
        }

        /** The partition key's attribute and, if there is one, the sort key's. */
        public record Key(String hash, Optional<String> range) {}

        /**
         * An index.
         *
         * @param projection {@code ALL}, {@code KEYS_ONLY} or {@code INCLUDE}
         * @param included the attributes of {@code INCLUDE}
         */
        public record Index(String name, Key key, String projection, List<String> included) {
            /** Copies the list. */
            public Index {
                included = List.copyOf(included);
            }
        }
    }

    /**
     * An SQS queue.
     *
     * @param fifo whether it keeps order; its name then ends in {@code .fifo}
     * @param deadLetter where a message goes that was received too often
     */
    record Queue(
            String logicalId,
            String name,
            boolean fifo,
            boolean contentBasedDeduplication,
            Duration visibilityTimeout,
            Duration delay,
            Duration receiveWait,
            Duration retention,
            Optional<DeadLetter> deadLetter)
            implements Resource {

        /** The queue's name, and after how many receives. */
        public record DeadLetter(String queueName, int maxReceives) {}
    }

    /**
     * A Redis or Valkey cache; all of them are the one Redis server here.
     *
     * @param engine what it is on AWS
     */
    record Cache(String logicalId, String engine) implements Resource {}

    /**
     * A state machine.
     *
     * @param definition the definition with its substitutions made, JSON
     */
    record StateMachine(String logicalId, String name, String definition) implements Resource {}

    /**
     * A WebSocket API.
     *
     * @param routeSelection such as {@code $request.body.type}
     * @param routes route key → function name
     */
    record WebSocketApi(
            String logicalId, String stage, String routeSelection, Map<String, String> routes)
            implements Resource {
        /** Copies the routes. */
        public WebSocketApi {
            routes = Map.copyOf(routes);
        }
    }

    /** An HTTP API, payload format 2.0. */
    record HttpApi(String logicalId, String stage, List<Route> routes, @Nullable Cors cors)
            implements Resource {
        /** Copies the routes. */
        public HttpApi {
            routes = List.copyOf(routes);
        }

        /** A route; the method may be {@code ANY}, the path {@code $default}. */
        public record Route(String method, String path, String functionName) {}

        /** The CORS headers that the gateway adds. */
        public record Cors(
                List<String> origins,
                List<String> methods,
                List<String> headers,
                List<String> exposed,
                boolean credentials,
                Duration maxAge) {
            /** Copies the lists. */
            public Cors {
                origins = List.copyOf(origins);
                methods = List.copyOf(methods);
                headers = List.copyOf(headers);
                exposed = List.copyOf(exposed);
            }
        }
    }

    /**
     * Something that happens at a time.
     *
     * @param group the schedule's group
     * @param expression {@code at(…)}, {@code rate(…)} or {@code cron(…)}
     * @param timeZone an IANA name
     * @param targetArn a function, a state machine or a queue
     * @param input what the target is given; absent, an event that tells of the schedule
     */
    record Schedule(
            String logicalId,
            String group,
            String name,
            String expression,
            String timeZone,
            boolean enabled,
            String targetArn,
            Optional<String> input)
            implements Resource {}

    /** A name for schedules to be kept under. */
    record ScheduleGroup(String logicalId, String name) implements Resource {}

    /**
     * A queue's messages to a function.
     *
     * @param batchSize the most messages at once
     * @param window how long to wait for a batch to fill
     * @param partialFailures whether the function names the messages that failed ({@code
     *     ReportBatchItemFailures})
     * @param concurrency the most batches at once
     */
    record EventSourceMapping(
            String logicalId,
            String queueName,
            String functionName,
            int batchSize,
            Duration window,
            boolean partialFailures,
            int concurrency,
            boolean enabled)
            implements Resource {}
}
