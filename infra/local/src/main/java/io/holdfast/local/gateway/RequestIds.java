package io.holdfast.local.gateway;

import java.util.Base64;
import java.util.random.RandomGenerator;

/**
 * Ids that look like the gateway's own: 16 characters, URL-safe base64 with its trailing {@code =},
 * so that code which forgets to encode one in a path fails here as it would there.
 */
final class RequestIds {
    private final RandomGenerator random;

    RequestIds(RandomGenerator random) {
        this.random = random;
    }

    String next() {
        byte[] bytes = new byte[11];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().encodeToString(bytes);
    }
}
