package io.holdfast.stream;

import java.time.Duration;

/**
 * The limits of streams and their delivery.
 *
 * @param activeLife how long a stream outlives its last write while its turn runs or waits
 * @param endedLife how long it outlives its end
 * @param lease how long a holder that says nothing keeps a subscriber; longer than the slowest post
 * @param readLimit entries per read
 */
public record StreamSettings(
        Duration activeLife, Duration endedLife, Duration lease, int readLimit) {

    /** A day while active, an hour after the end, five seconds of lease, 200 entries. */
    public static final StreamSettings DEFAULT =
            new StreamSettings(Duration.ofDays(1), Duration.ofHours(1), Duration.ofSeconds(5), 200);
}
