package io.holdfast.local.states;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The engine alone, from the command line: reads the options, serves until it is ended. */
final class StatesMain {
    static final String HELP =
            """
            Step Functions on this machine: Standard workflows with JSONata, in memory.

              --port N               where to listen (8083); 0 picks a free port
              --lambda-endpoint URL  where functions are invoked (http://127.0.0.1:3001)
              --sqs-endpoint URL     where messages are sent (http://127.0.0.1:9324)
              --help                 this

            Make state machines with CreateStateMachine, for example:
              aws stepfunctions --endpoint-url http://127.0.0.1:8083 create-state-machine …
            """;

    /** The command line, read. */
    record Options(int port, URI lambdaEndpoint, URI sqsEndpoint, boolean help) {
        /**
         * Reads it.
         *
         * @throws IllegalArgumentException with a message for whoever typed it
         */
        static Options parse(List<String> arguments) {
            int port = 8083;
            URI lambda = URI.create("http://127.0.0.1:3001");
            URI sqs = URI.create("http://127.0.0.1:9324");
            for (int i = 0; i < arguments.size(); i += 2) {
                String name = arguments.get(i);
                if (name.equals("--help")) {
                    return new Options(port, lambda, sqs, true);
                }
                if (!List.of("--port", "--lambda-endpoint", "--sqs-endpoint").contains(name)) {
                    throw new IllegalArgumentException("Unknown option: " + name);
                }
                if (i + 1 == arguments.size()) {
                    throw new IllegalArgumentException(name + " needs a value");
                }
                String value = arguments.get(i + 1);
                switch (name) {
                    case "--port" -> port = port(value);
                    case "--lambda-endpoint" -> lambda = url(name, value);
                    default -> sqs = url(name, value);
                }
            }
            return new Options(port, lambda, sqs, false);
        }

        private static int port(String value) {
            if (!value.matches("\\d{1,5}") || Integer.parseInt(value) > 65_535) {
                throw new IllegalArgumentException("--port must be from 0 to 65535: " + value);
            }
            return Integer.parseInt(value);
        }

        private static URI url(String name, String value) {
            if (!value.matches("https?://[^/\\s]+\\S*")) {
                throw new IllegalArgumentException(name + " must be an http URL: " + value);
            }
            return URI.create(value);
        }
    }

    private StatesMain() {}

    /** Serves until the JVM ends; returns the exit code if it does not come to that. */
    static int run(String[] arguments, PrintStream out, PrintStream err) {
        Options options;
        try {
            options = Options.parse(List.of(arguments));
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage() + " (--help lists the options)");
            return 2;
        }
        if (options.help()) {
            out.print(HELP);
            return 0;
        }
        StatesEngine engine =
                new StatesEngine(
                        StatesSettings.defaults(),
                        new HttpTaskIntegrations(options.lambdaEndpoint(), options.sqsEndpoint()));
        try (StatesServer server = StatesServer.start(options.port(), engine)) {
            out.println("Step Functions is ready at " + server.url());
            new CountDownLatch(1).await();
            return 0;
        } catch (UncheckedIOException e) {
            err.println("Cannot listen on port " + options.port() + ": " + e.getCause());
            return 1;
        } catch (InterruptedException e) {
            return 0;
        }
    }
}
