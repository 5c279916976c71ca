package io.holdfast.turn;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;

/**
 * The sweep function, called every minute: answers {@code {looked, ended, failed}}, the numbers of
 * turns, sessions and guests that it looked at, of turns that it had to end, and of what it could
 * not look at.
 */
public final class SweepHandler implements RequestStreamHandler {
    /** Kept back of the function's time for the turn that is looked at when it is up. */
    private static final Duration RESERVE = Duration.ofSeconds(40);

    private final TurnSweeper sweeper;

    /** On Lambda. */
    public SweepHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public SweepHandler(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        config.check();
        AwsClients aws = new AwsClients(environment);
        this.sweeper = new TurnSweeper(TurnParts.of(settings, aws));
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        Duration left = Duration.ofMillis(context.getRemainingTimeInMillis()).minus(RESERVE);
        TurnSweeper.Swept swept = sweeper.sweep(left);
        Json.MAPPER.writeValue(
                output,
                Json.object()
                        .put("looked", swept.looked())
                        .put("ended", swept.ended())
                        .put("failed", swept.failed()));
    }
}
