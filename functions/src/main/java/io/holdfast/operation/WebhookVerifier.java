package io.holdfast.operation;

import io.holdfast.platform.Hashes;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Tells whether what somebody posts comes from an outside service that we know: by a Standard
 * Webhooks signature, or else by an API key.
 *
 * <p>The signatures are those of <a href="https://www.standardwebhooks.com">Standard Webhooks</a>
 * 1.0.0, the symmetric ones ({@code v1}). Safe for several threads.
 */
public final class WebhookVerifier {
    /** The window of the reference libraries, to both sides. */
    private static final Duration WINDOW = Duration.ofMinutes(5);

    private static final Pattern DELIVERY_ID = Pattern.compile("[\\x20-\\x7E]{1,256}");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");

    private final List<WebhookSecret> secrets;
    private final List<byte[]> apiKeyHashes;
    private final InstantSource clock;

    private WebhookVerifier(
            List<WebhookSecret> secrets, List<byte[]> apiKeyHashes, InstantSource clock) {
        this.secrets = secrets;
        this.apiKeyHashes = apiKeyHashes;
        this.clock = clock;
    }

    /** What became of a check. */
    public sealed interface Verdict {
        /** There is neither a secret nor a key to check by. */
        record NotConfigured() implements Verdict {}

        /**
         * It is not from whom it should be.
         *
         * @param reason in words for who sent it, without secrets
         */
        record Rejected(String reason) implements Verdict {}

        /**
         * It is from a service that we know.
         *
         * @param deliveryId the same when the service sends the same again; 1 to 256 printable
         *     ASCII characters
         */
        record Accepted(String deliveryId) implements Verdict {}
    }

    /**
     * Checks by any of these, so that a new secret or key can be added before the old one goes;
     * blank ones count as left out.
     *
     * @param signingSecrets {@code whsec_} and the base64 of 24 to 64 bytes
     * @throws IllegalArgumentException if a secret has another form; it is not quoted
     */
    public static WebhookVerifier from(
            List<String> signingSecrets, List<String> apiKeys, InstantSource clock) {
        return new WebhookVerifier(
                signingSecrets.stream()
                        .filter(secret -> !secret.isBlank())
                        .map(WebhookSecret::read)
                        .toList(),
                apiKeys.stream()
                        .filter(key -> !key.isBlank())
                        .map(key -> ascii(Hashes.sha256(key.strip())))
                        .toList(),
                clock);
    }

    /**
     * Checks one post.
     *
     * @param headers by names in lower case
     * @param rawBody as it was received; parsed and written again, it would not be what was signed
     */
    public Verdict verify(Map<String, String> headers, String rawBody) {
        if (secrets.isEmpty() && apiKeyHashes.isEmpty()) {
            return new Verdict.NotConfigured();
        }
        @Nullable String signatures = headers.get("webhook-signature");
        @Nullable String apiKey = headers.get("x-api-key");
        // Who signs is held to the signature, even if a key is there as well.
        if (signatures != null && (!secrets.isEmpty() || apiKey == null)) {
            return bySignature(headers, signatures, rawBody);
        }
        return apiKey == null
                ? new Verdict.Rejected("There is neither a webhook-signature nor an x-api-key")
                : byApiKey(headers, apiKey, rawBody);
    }

    private Verdict bySignature(Map<String, String> headers, String signatures, String rawBody) {
        @Nullable String id = headers.get("webhook-id");
        @Nullable String timestamp = headers.get("webhook-timestamp");
        if (id == null || timestamp == null) {
            return new Verdict.Rejected("A signature needs webhook-id and webhook-timestamp");
        }
        // With a full stop in it, what is signed could be cut elsewhere (the specification,
        // "Signature scheme").
        if (!DELIVERY_ID.matcher(id).matches() || id.indexOf('.') >= 0) {
            return new Verdict.Rejected(
                    "webhook-id must be 1 to 256 printable ASCII characters without a full stop");
        }
        if (!SECONDS.matcher(timestamp).matches()) {
            return new Verdict.Rejected("webhook-timestamp must be seconds since 1970");
        }
        long age = clock.instant().getEpochSecond() - Long.parseLong(timestamp);
        if (Math.abs(age) > WINDOW.toSeconds()) {
            return new Verdict.Rejected(
                    "webhook-timestamp is more than five minutes %s"
                            .formatted(age > 0 ? "old" : "ahead"));
        }
        return isSigned(id + "." + timestamp + "." + rawBody, signatures)
                ? new Verdict.Accepted(id)
                : new Verdict.Rejected("No signature of the webhook-signature is right");
    }

    /** Compares each signature by each secret to the end: how long it takes tells nothing. */
    private boolean isSigned(String content, String signatures) {
        boolean signed = false;
        for (WebhookSecret secret : secrets) {
            byte[] expected = ascii(secret.sign(content));
            for (String signature : signatures.split(" ", -1)) {
                signed |=
                        MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
            }
        }
        return signed;
    }

    private Verdict byApiKey(Map<String, String> headers, String apiKey, String rawBody) {
        // Hashes are of one length, so that not even the key's length can be timed.
        byte[] hash = ascii(Hashes.sha256(apiKey.strip()));
        boolean known = false;
        for (byte[] expected : apiKeyHashes) {
            known |= MessageDigest.isEqual(expected, hash);
        }
        if (!known) {
            return new Verdict.Rejected("The x-api-key is not known");
        }
        @Nullable String id = headers.get("webhook-id");
        if (id == null) {
            id = headers.get("idempotency-key");
        }
        if (id == null) {
            id = Hashes.sha256(rawBody);
        }
        return DELIVERY_ID.matcher(id).matches()
                ? new Verdict.Accepted(id)
                : new Verdict.Rejected(
                        "webhook-id or Idempotency-Key must be 1 to 256 printable ASCII"
                                + " characters");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
