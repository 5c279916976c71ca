package io.holdfast.platform;

import io.holdfast.platform.TokenVerifier.Verified.Authenticated;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Whose the tokens are that were verified a moment ago. A page sends the same one with each
 * request, and a signature costs a function, which has a part of a processor, tens of milliseconds.
 */
final class VerifiedTokens {
    /** Whom the issuer shuts out by withdrawing its key stays so much longer, not more. */
    static final Duration REMEMBERED = Duration.ofMinutes(1);

    /** About half a megabyte. */
    static final int MOST = 1_000;

    private final InstantSource clock;

    /** By their hashes: the tokens themselves are kept nowhere. */
    private final LruCache<String, Known> known = new LruCache<>(MOST);

    VerifiedTokens(InstantSource clock) {
        this.clock = clock;
    }

    Optional<Authenticated> find(String token) {
        return Optional.ofNullable(known.get(Hashes.sha256(token)))
                .filter(one -> clock.instant().isBefore(one.end()))
                .map(Known::whose);
    }

    /**
     * Remembers a token that is good.
     *
     * @param expiry when it says that it expires
     */
    void put(String token, Authenticated whose, Instant expiry) {
        Instant end = clock.instant().plus(REMEMBERED);
        known.put(Hashes.sha256(token), new Known(whose, end.isBefore(expiry) ? end : expiry));
    }

    private record Known(Authenticated whose, Instant end) {}
}
