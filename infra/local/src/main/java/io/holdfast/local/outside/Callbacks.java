package io.holdfast.local.outside;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Posts what the service has to say, signed, and again where nobody took it. */
final class Callbacks implements AutoCloseable {
    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    /** The gateway of an HTTP API answers within 30 s. */
    private static final Duration PATIENCE = Duration.ofSeconds(35);

    private final WebhookSecret secret;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();

    Callbacks(WebhookSecret secret, InstantSource clock, RandomGenerator random) {
        this.secret = secret;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Posts until somebody answers for good, or the work is called off.
     *
     * @return the last status; 0 if there was no answer at all
     */
    int post(URI url, String body, Cancellation cancellation) throws InterruptedException {
        String id = id();
        int status = 0;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            if (attempt > 1) {
                long most = FIRST_PAUSE.toMillis() << (attempt - 1);
                if (cancellation.comesWithin(Duration.ofMillis(random.nextLong(most / 2, most)))) {
                    break;
                }
            }
            status = attempt(url, id, body);
            if (isFinal(status)) {
                break;
            }
        }
        return status;
    }

    /** A post that is tried again bears the same id and the time of the attempt. */
    private int attempt(URI url, String id, String body) throws InterruptedException {
        Instant now = clock.instant();
        HttpRequest request =
                HttpRequest.newBuilder(url)
                        .timeout(PATIENCE)
                        .header("content-type", "application/json")
                        .header("webhook-id", id)
                        .header("webhook-timestamp", String.valueOf(now.getEpochSecond()))
                        .header("webhook-signature", secret.signature(id, now, body))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    private static boolean isFinal(int status) {
        return status >= 200 && status < 500 && status != 408 && status != 429;
    }

    private String id() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return "msg_" + HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
