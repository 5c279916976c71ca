package io.holdfast.local.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.security.SecureRandom;
import java.time.Instant;

final class WebhookSecretTest {

    /** The expected signature was made with openssl and with Python's hmac, not with this code. */
    @Test
    void signsAsTheStandardHasIt() {
        WebhookSecret secret = new WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        assertThat(
                        secret.signature(
                                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                Instant.ofEpochSecond(1_614_265_330),
                                "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void makesADifferentOneEachTimeAndShowsNone() {
        WebhookSecret one = WebhookSecret.random(new SecureRandom());
        WebhookSecret other = WebhookSecret.random(new SecureRandom());

        assertThat(one).isNotEqualTo(other);
        assertThat(one.toString()).doesNotContain(one.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret", "whsec_", "whsec_not Base64"})
    void refusesAnotherForm(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new WebhookSecret(text));
    }
}
