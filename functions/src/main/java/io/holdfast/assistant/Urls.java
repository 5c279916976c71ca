package io.holdfast.assistant;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** What URLs of tools and MCP servers must be. */
final class Urls {
    private Urls() {}

    /** What is wrong with a URL; empty if it is absolute, http or https, and holds no password. */
    static Optional<String> fault(String text) {
        try {
            URI url = new URI(text);
            boolean web =
                    "http".equalsIgnoreCase(url.getScheme())
                            || "https".equalsIgnoreCase(url.getScheme());
            if (!web || url.getHost() == null) {
                return Optional.of("must be an absolute http or https URL");
            }
            if (url.getUserInfo() != null) {
                return Optional.of(
                        "must not hold a user or a password: send a header with a secret");
            }
            return url.getFragment() == null
                    ? Optional.empty()
                    : Optional.of("must not have a fragment (#…), which is never sent");
        } catch (URISyntaxException e) {
            return Optional.of("must be an absolute http or https URL");
        }
    }
}
