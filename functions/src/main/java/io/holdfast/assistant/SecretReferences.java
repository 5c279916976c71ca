package io.holdfast.assistant;

import io.holdfast.platform.Json;
import io.holdfast.platform.SignedRequests;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Finds the values of headers that refer to secrets. What came from Secrets Manager is kept for
 * five minutes, so that a changed secret is used soon and a busy tool does not pay for each call.
 * Nothing of a secret is logged or put into an exception. Safe for several threads.
 */
public final class SecretReferences {
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final String ENVIRONMENT = "env:";
    private static final String SECRETS_MANAGER = "secretsmanager:";

    /** A line break would end the header (RFC 9110, section 5.5). */
    private static final Pattern SENDABLE = Pattern.compile("[\\x20-\\x7E]+");

    private final Map<String, String> environment;
    private final SignedRequests requests;
    private final InstantSource clock;
    private final Map<String, Kept> kept = new ConcurrentHashMap<>();

    private record Kept(String text, Instant until) {}

    /**
     * Looks into this environment and asks this Secrets Manager.
     *
     * @param clock for how long what was found is kept
     */
    public SecretReferences(
            Map<String, String> environment, SignedRequests requests, InstantSource clock) {
        this.environment = Map.copyOf(environment);
        this.requests = requests;
        this.clock = clock;
    }

    /**
     * The header's value as it is sent; the secret's without white space around it.
     *
     * @throws SecretUnavailableException if the secret cannot be found, or cannot be a header
     */
    public String resolve(HeaderValue value) {
        return switch (value) {
            case HeaderValue.Plain(String text) -> text;
            case HeaderValue.Secret(String reference, String prefix) -> {
                String secret = find(reference).strip();
                if (!SENDABLE.matcher(secret).matches()) {
                    throw new SecretUnavailableException(
                            reference, "is empty or holds characters that no header may have");
                }
                yield prefix + secret;
            }
        };
    }

    private String find(String reference) {
        if (reference.startsWith(ENVIRONMENT)) {
            String value = environment.get(reference.substring(ENVIRONMENT.length()));
            if (value == null) {
                throw new SecretUnavailableException(reference, "is not set");
            }
            return value;
        }
        if (!reference.startsWith(SECRETS_MANAGER)) {
            throw new SecretUnavailableException(reference, "is not a known kind of reference");
        }
        String place = reference.substring(SECRETS_MANAGER.length());
        int hash = place.indexOf('#');
        String secret = fetch(hash < 0 ? place : place.substring(0, hash));
        return hash < 0 ? secret : entry(secret, place.substring(hash + 1), reference);
    }

    private String fetch(String id) {
        Kept found = kept.get(id);
        if (found == null || !clock.instant().isBefore(found.until())) {
            // Two at once may both ask: better than that one waits behind a slow other.
            found = new Kept(requests.secret(id), clock.instant().plus(KEPT));
            kept.put(id, found);
        }
        return found.text();
    }

    private static String entry(String secret, String key, String reference) {
        return Json.readObject(secret)
                .map(object -> object.path(key))
                .filter(value -> value.isTextual() || value.isNumber())
                .orElseThrow(
                        () ->
                                new SecretUnavailableException(
                                        reference, "is not a JSON object with such a key"))
                .asText();
    }
}
