package io.holdfast.stream;

import io.holdfast.platform.ConnectionId;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.GoneException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.PayloadTooLargeException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.PostToConnectionRequest;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Posts frames through API Gateway's {@code @connections} API.
 *
 * <p>Throttling (429), server errors and failures on the way are tried again with jittered backoff,
 * bounded in number and time: all of it stays under a subscriber's lease. The client that is passed
 * in must not retry by itself ({@code
 * ClientOverrideConfiguration.retryStrategy(DefaultRetryStrategy.doNotRetry())}), or attempts
 * multiply.
 */
public final class ApiGatewayConnections implements Connections {
    private static final Logger LOG = LoggerFactory.getLogger(ApiGatewayConnections.class);

    /** Backoffs of up to 50, 100, 200 and 400 ms lie between them. */
    private static final int ATTEMPTS = 5;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(50);

    /** No attempt begins later: with one last attempt of 2 s it ends before a lease of 5 s. */
    private static final Duration BUDGET = Duration.ofMillis(2500);

    /** A post takes some 10 ms; the first of a cold function, with its TLS handshake, a second. */
    private static final Duration ATTEMPT_LIMIT = Duration.ofSeconds(2);

    private final ApiGatewayManagementApiClient client;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Pause pause;

    /** Waits between attempts. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    /** Posts with this client, whose endpoint is the stage of the WebSocket API. */
    public ApiGatewayConnections(
            ApiGatewayManagementApiClient client, InstantSource clock, RandomGenerator random) {
        this(client, clock, random, time -> TimeUnit.NANOSECONDS.sleep(time.toNanos()));
    }

    ApiGatewayConnections(
            ApiGatewayManagementApiClient client,
            InstantSource clock,
            RandomGenerator random,
            Pause pause) {
        this.client = client;
        this.clock = clock;
        this.random = random;
        this.pause = pause;
    }

    /**
     * @throws FrameTooLargeException if the gateway refuses the frame for its size
     * @throws SdkServiceException if it refuses it for a reason that another attempt cannot mend,
     *     such as a missing permission
     */
    @Override
    public Posted post(ConnectionId connection, byte[] frame) {
        Instant budgetEnd = clock.instant().plus(BUDGET);
        for (int attempt = 1; ; attempt++) {
            String reason;
            try {
                client.postToConnection(request(connection, frame));
                return new Posted.Accepted();
            } catch (GoneException e) {
                return new Posted.Gone();
            } catch (PayloadTooLargeException e) {
                throw new FrameTooLargeException(frame.length, e);
            } catch (SdkServiceException e) {
                if (e.statusCode() != 429 && e.statusCode() < 500) {
                    throw e;
                }
                reason = "status " + e.statusCode();
            } catch (SdkClientException e) {
                reason = e.getClass().getSimpleName();
            }
            Duration backoff = backoff(attempt);
            if (attempt == ATTEMPTS || clock.instant().plus(backoff).isAfter(budgetEnd)) {
                return new Posted.Failed(reason + " after " + attempt + " attempts");
            }
            try {
                pause.of(backoff);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Posted.Failed("interrupted");
            }
        }
    }

    /**
     * Whether a connection is there, as far as the gateway knows; a gateway that does not answer
     * counts as yes.
     */
    public boolean isOpen(ConnectionId connection) {
        try {
            client.getConnection(request -> request.connectionId(connection.value()));
            return true;
        } catch (GoneException e) {
            return false;
        } catch (SdkServiceException | SdkClientException e) {
            LOG.warn("The gateway does not say whether a connection is open", e);
            return true;
        }
    }

    private static PostToConnectionRequest request(ConnectionId connection, byte[] frame) {
        return PostToConnectionRequest.builder()
                .connectionId(connection.value())
                .data(SdkBytes.fromByteArrayUnsafe(frame))
                .overrideConfiguration(limits -> limits.apiCallAttemptTimeout(ATTEMPT_LIMIT))
                .build();
    }

    /** Between half and all of a time that doubles, so that pumps do not come back in step. */
    private Duration backoff(int attempt) {
        long full = FIRST_BACKOFF.toNanos() << (attempt - 1);
        return Duration.ofNanos(full / 2 + random.nextLong(full / 2));
    }
}
