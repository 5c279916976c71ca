package io.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.TokenVerifier.Verified.Authenticated;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;

final class VerifiedTokensTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = START.plus(Duration.ofHours(1));
    private static final Authenticated ALICE =
            new Authenticated(new UserId("alice"), Set.of("admin"));

    private Instant now = START;
    private final VerifiedTokens tokens = new VerifiedTokens(() -> now);

    @Test
    void knowsATokenForAMinute() {
        tokens.put("a.b.c", ALICE, LATER);

        assertThat(tokens.find("a.b.c")).contains(ALICE);
        now = START.plus(VerifiedTokens.REMEMBERED).minusMillis(1);
        assertThat(tokens.find("a.b.c")).contains(ALICE);
        now = START.plus(VerifiedTokens.REMEMBERED);
        assertThat(tokens.find("a.b.c")).isEmpty();
    }

    @Test
    void knowsNoTokenBeyondItsExpiry() {
        tokens.put("a.b.c", ALICE, START.plusSeconds(5));

        now = START.plusSeconds(4);
        assertThat(tokens.find("a.b.c")).contains(ALICE);
        now = START.plusSeconds(5);
        assertThat(tokens.find("a.b.c")).isEmpty();
    }

    @Test
    void knowsNoTokenThatIsOnlyLikeIt() {
        tokens.put("a.b.c", ALICE, LATER);

        assertThat(tokens.find("a.b.d")).isEmpty();
        assertThat(tokens.find("a.b.")).isEmpty();
        assertThat(tokens.find("")).isEmpty();
    }

    @Test
    void forgetsTheOneThatWasLongestNotAskedFor() {
        tokens.put("first", ALICE, LATER);
        for (int i = 0; i < VerifiedTokens.MOST; i++) {
            assertThat(tokens.find("first")).contains(ALICE);
            tokens.put("token-" + i, ALICE, LATER);
        }

        assertThat(tokens.find("first")).contains(ALICE);
        assertThat(tokens.find("token-0")).isEmpty();
        assertThat(tokens.find("token-1")).contains(ALICE);
    }
}
