package io.holdfast.local.samples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Answers with what it was given and what it knows of itself, a line each. */
public final class Describe implements RequestStreamHandler {
    private final Map<String, String> environment;

    /** With this environment. */
    public Describe(Map<String, String> environment) {
        this.environment = new TreeMap<>(environment);
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        String event = new String(input.readAllBytes(), StandardCharsets.UTF_8);
        output.write(
                String.join(
                                "\n",
                                event,
                                context.getFunctionName(),
                                context.getInvokedFunctionArn(),
                                context.getLogGroupName(),
                                Boolean.toString(context.getRemainingTimeInMillis() > 1_000),
                                Integer.toString(context.getMemoryLimitInMB()),
                                environment.toString())
                        .getBytes(StandardCharsets.UTF_8));
    }
}
