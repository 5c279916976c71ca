package io.holdfast.operation;

import io.holdfast.platform.Hashes;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A symmetric secret as Standard Webhooks 1.0.0 writes it. */
final class WebhookSecret {
    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int LEAST_BYTES = 24;
    private static final int MOST_BYTES = 64;

    private final SecretKeySpec key;

    private WebhookSecret(SecretKeySpec key) {
        this.key = key;
    }

    /** Reads {@code whsec_} and base64; of another form: {@link IllegalArgumentException}. */
    static WebhookSecret read(String text) {
        String secret = text.strip();
        if (!secret.startsWith(PREFIX)) {
            throw malformed();
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            // Without its cause: that one quotes a part of the secret.
            throw malformed();
        }
        if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
            throw malformed();
        }
        return new WebhookSecret(new SecretKeySpec(bytes, ALGORITHM));
    }

    /**
     * What a secret is called where it must not be said: the first 12 hexadecimal digits of the
     * SHA-256 of its text.
     */
    static String keyId(String text) {
        return Hashes.sha256(text.strip()).substring(0, 12);
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "a signing secret must be %s and the base64 of %d to %d bytes"
                        .formatted(PREFIX, LEAST_BYTES, MOST_BYTES));
    }

    /** {@code v1,} and the base64 of the content's HMAC-SHA256. */
    String sign(String content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return "v1,"
                    + Base64.getEncoder()
                            .encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has " + ALGORITHM, e);
        }
    }
}
