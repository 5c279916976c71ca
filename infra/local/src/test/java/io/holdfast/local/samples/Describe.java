package io.holdfast.local.samples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/** Answers with what it was given and what it knows of itself. */
public final class Describe implements RequestStreamHandler {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, String> environment;

    /** In a JVM of its own. */
    public Describe() {
        this(System.getenv());
    }

    /** With this environment. */
    public Describe(Map<String, String> environment) {
        this.environment = new TreeMap<>(environment);
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        ObjectNode answer =
                JSON.createObjectNode()
                        .put("function", context.getFunctionName())
                        .put("arn", context.getInvokedFunctionArn())
                        .put("logGroup", context.getLogGroupName())
                        .put("hasTime", context.getRemainingTimeInMillis() > 1_000)
                        .put("memory", context.getMemoryLimitInMB())
                        .set("event", JSON.readTree(input));
        ObjectNode variables = answer.putObject("environment");
        environment.forEach(variables::put);
        JSON.writeValue(output, answer);
    }
}
