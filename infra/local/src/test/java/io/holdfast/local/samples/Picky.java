package io.holdfast.local.samples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** Does not start without its variable. */
public final class Picky implements RequestStreamHandler {
    /** In a JVM of its own. */
    public Picky() {
        this(System.getenv());
    }

    /** Wants {@code MUST}. */
    public Picky(Map<String, String> environment) {
        if (!environment.containsKey("MUST")) {
            throw new IllegalArgumentException("MUST is not set");
        }
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) {}
}
