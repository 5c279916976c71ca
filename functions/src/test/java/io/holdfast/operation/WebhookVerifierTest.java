package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.operation.WebhookVerifier.Verdict;
import io.holdfast.platform.Hashes;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

@NullMarked
final class WebhookVerifierTest {
    /** What the libraries of standard-webhooks/standard-webhooks are tested with. */
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final long NOW = 1614265330;
    private static final String BODY = "{\"test\": 2432232314}";
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private static final String OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";
    private static final String KEY = "key-of-the-service";

    private final WebhookVerifier verifier = verifier(List.of(SECRET), List.of());

    @Test
    void aSecretIsNamedByTheBeginningOfItsHash() {
        // printf %s whsec_MfKQ… | sha256sum | cut -c1-12
        assertThat(WebhookSecret.keyId(SECRET)).isEqualTo("96ad2ccd8146");
        assertThat(WebhookSecret.keyId(" " + SECRET + "\n")).isEqualTo("96ad2ccd8146");
    }

    @Test
    void acceptsThePublishedVector() {
        assertAccepted(verifier.verify(headers(NOW, SIGNATURE), BODY), ID);
    }

    @Test
    void rejectsAnotherBodyIdOrSecret() {
        Map<String, String> headers = headers(NOW, SIGNATURE);
        assertRejected(verifier.verify(headers, BODY + " "), "signature");
        headers.put("webhook-id", "msg_other");
        assertRejected(verifier.verify(headers, BODY), "signature");
        assertRejected(
                verifier(List.of(OTHER_SECRET), List.of()).verify(headers(NOW, SIGNATURE), BODY),
                "signature");
    }

    @Test
    void theWindowIsFiveMinutesToBothSides() {
        for (long seconds : List.of(-300L, -1L, 0L, 300L)) {
            assertAccepted(verifier.verify(signed(NOW + seconds, BODY), BODY), ID);
        }
        assertRejected(verifier.verify(signed(NOW - 301, BODY), BODY), "old");
        assertRejected(verifier.verify(signed(NOW + 301, BODY), BODY), "ahead");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-1", "+1614265330", "1614265330.0", "soon", "99999999999999999999"})
    void aTimestampIsSeconds(String timestamp) {
        Map<String, String> headers = headers(NOW, SIGNATURE);
        headers.put("webhook-timestamp", timestamp);
        assertRejected(verifier.verify(headers, BODY), "seconds since 1970");
    }

    @Test
    void oneRightSignatureOfSeveralIsEnough() {
        String wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        for (String list :
                List.of(
                        wrong + " " + SIGNATURE,
                        SIGNATURE + " " + wrong,
                        "v1a,abc v2,x nonsense  " + SIGNATURE)) {
            assertAccepted(verifier.verify(headers(NOW, list), BODY), ID);
        }
        for (String list :
                List.of(
                        "",
                        " ",
                        "v1,",
                        wrong,
                        SIGNATURE.substring(3),
                        SIGNATURE.replace("v1,", "v2,"),
                        SIGNATURE.substring(0, 20),
                        SIGNATURE + ",",
                        "é")) {
            assertRejected(verifier.verify(headers(NOW, list), BODY), "signature");
        }
    }

    @Test
    void secretsRotate() {
        WebhookVerifier both = verifier(List.of(OTHER_SECRET, SECRET), List.of());
        assertAccepted(both.verify(headers(NOW, SIGNATURE), BODY), ID);
        assertAccepted(both.verify(signed(OTHER_SECRET, NOW, BODY), BODY), ID);
        WebhookVerifier after = verifier(List.of(OTHER_SECRET), List.of());
        assertRejected(after.verify(headers(NOW, SIGNATURE), BODY), "signature");
        assertAccepted(after.verify(signed(OTHER_SECRET, NOW, BODY), BODY), ID);
    }

    @Test
    void aBodyIsSignedAsUtf8() {
        String body = "{\"result\":\"grüße 日本 🚀\"}";
        // Computed by openssl dgst -sha256 -mac HMAC, not by this code.
        assertAccepted(
                verifier.verify(
                        headers(NOW, "v1,9yFePpgnKWKHqehLsRZt88xkKtmYus4oyzqK1wIofjc="), body),
                ID);
    }

    @Test
    void whatIsSignedNeedsItsHeaders() {
        for (String name : List.of("webhook-id", "webhook-timestamp")) {
            Map<String, String> headers = headers(NOW, SIGNATURE);
            headers.remove(name);
            assertRejected(verifier.verify(headers, BODY), name);
        }
        assertRejected(verifier.verify(Map.of(), BODY), "x-api-key");
    }

    @Test
    void anIdIsShortPrintableAndCannotMoveWhatIsSigned() {
        for (String id : List.of("", "x".repeat(257), "ü", "a\tb", "a.b")) {
            Map<String, String> headers = headers(NOW, "");
            headers.put("webhook-id", id);
            headers.put(
                    "webhook-signature",
                    WebhookSecret.read(SECRET).sign(id + "." + NOW + "." + BODY));
            assertRejected(verifier.verify(headers, BODY), "webhook-id");
        }
    }

    @Test
    void anApiKeyIsEnough() {
        WebhookVerifier byKey = verifier(List.of(), List.of("an-older-and-longer-key", KEY));
        for (String key : List.of(KEY, "an-older-and-longer-key")) {
            assertAccepted(byKey.verify(Map.of("x-api-key", key), BODY), Hashes.sha256(BODY));
        }
        for (String key : List.of("", " ", "k", KEY + "x", KEY.substring(1), "ключ")) {
            assertRejected(byKey.verify(Map.of("x-api-key", key), BODY), "x-api-key");
        }
        assertRejected(byKey.verify(headers(NOW, SIGNATURE), BODY), "signature");
    }

    @Test
    void aKeysDeliveryIsKnownByItsHeadersOrElseItsBody() {
        WebhookVerifier byKey = verifier(List.of(), List.of(KEY));
        Map<String, String> headers = new HashMap<>(Map.of("x-api-key", KEY));
        assertAccepted(byKey.verify(headers, BODY), Hashes.sha256(BODY));
        headers.put("idempotency-key", "second.1");
        assertAccepted(byKey.verify(headers, BODY), "second.1");
        headers.put("webhook-id", "first");
        assertAccepted(byKey.verify(headers, BODY), "first");
        headers.put("webhook-id", "x".repeat(257));
        assertRejected(byKey.verify(headers, BODY), "webhook-id");
    }

    @Test
    void whoSignsIsHeldToTheSignature() {
        WebhookVerifier both = verifier(List.of(SECRET), List.of(KEY));
        Map<String, String> headers = headers(NOW, SIGNATURE);
        headers.put("x-api-key", KEY);
        assertAccepted(both.verify(headers, BODY), ID);
        assertRejected(both.verify(headers, BODY + " "), "signature");
        // Where signatures cannot be checked, the key counts.
        assertAccepted(verifier(List.of(), List.of(KEY)).verify(headers, BODY), ID);
    }

    @Test
    void withoutSecretsAndKeysNothingIsAccepted() {
        WebhookVerifier nothing = verifier(List.of("", " "), List.of(""));
        Map<String, String> headers = headers(NOW, SIGNATURE);
        headers.put("x-api-key", "");
        assertThat(nothing.verify(headers, BODY)).isEqualTo(new Verdict.NotConfigured());
        assertThat(nothing.verify(Map.of(), BODY)).isEqualTo(new Verdict.NotConfigured());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "whsec_",
                "whsec_c2hvcnQ=",
                "whsec_!MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            })
    void aSecretOfAnotherFormIsRefusedAndNotQuoted(String secret) {
        assertThatThrownBy(() -> verifier(List.of(secret), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("24 to 64 bytes")
                .hasMessageNotContaining("Mf")
                .hasNoCause();
    }

    private static WebhookVerifier verifier(List<String> secrets, List<String> keys) {
        return WebhookVerifier.from(
                secrets, keys, InstantSource.fixed(Instant.ofEpochSecond(NOW).plusMillis(900)));
    }

    private static Map<String, String> headers(long timestamp, String signatures) {
        return new HashMap<>(
                Map.of(
                        "webhook-id", ID,
                        "webhook-timestamp", String.valueOf(timestamp),
                        "webhook-signature", signatures));
    }

    private static Map<String, String> signed(long timestamp, String body) {
        return signed(SECRET, timestamp, body);
    }

    private static Map<String, String> signed(String secret, long timestamp, String body) {
        return headers(
                timestamp, WebhookSecret.read(secret).sign(ID + "." + timestamp + "." + body));
    }

    private static void assertAccepted(Verdict verdict, String id) {
        assertThat(verdict).isEqualTo(new Verdict.Accepted(id));
    }

    private static void assertRejected(Verdict verdict, String words) {
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Rejected.class,
                        rejected ->
                                assertThat(rejected.reason())
                                        .contains(words)
                                        .doesNotContain(SECRET, KEY));
    }
}
