package io.holdfast.assistant;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the state of subjects of one kind is fetched.
 *
 * @param kind what stands before the colon of a subject: {@code experiment} of {@code
 *     experiment:exp_42}
 * @param url with <code>{{id}}</code> for what stands behind it
 * @param timeout how long it may take
 */
public record SubjectSource(
        String kind,
        String url,
        Map<String, HeaderValue> headers,
        boolean allowPrivateAddresses,
        Duration timeout) {
    private static final Pattern PLACE = Pattern.compile("\\{\\{\\s*([^{}]*?)\\s*\\}\\}");
    private static final String ID = "id";

    public SubjectSource {
        headers = Map.copyOf(headers);
    }

    /**
     * Where a subject is; empty if its id could lead elsewhere: the source's secrets go along, and
     * whoever begins a session chooses the id.
     */
    public Optional<URI> url(String id) {
        boolean isClimbing =
                Arrays.stream(id.split("/", -1))
                        .anyMatch(segment -> segment.isEmpty() || segment.matches("\\.{1,2}"));
        return isClimbing ? Optional.empty() : Optional.of(URI.create(filled(url, id)));
    }

    /** What is wrong with a URL of a source; empty if nothing is. */
    static Optional<String> fault(String url) {
        List<String> places = PLACE.matcher(url).results().map(place -> place.group(1)).toList();
        Optional<String> unknown = places.stream().filter(name -> !name.equals(ID)).findFirst();
        if (unknown.isPresent()) {
            return Optional.of(
                    "has the unknown placeholder {{" + unknown.get() + "}}; known is id");
        }
        if (places.isEmpty()) {
            return Optional.of("must say with {{id}} where the subject's id goes");
        }
        if (!PLACE.matcher(host(url)).results().toList().isEmpty()) {
            return Optional.of("must have {{id}} behind the host, not in it");
        }
        return Urls.fault(filled(url, ID));
    }

    /** All before the path. */
    private static String host(String url) {
        int from = url.indexOf("://") + 3;
        int end = url.length();
        for (char mark : new char[] {'/', '?', '#'}) {
            int at = url.indexOf(mark, from);
            end = at < 0 ? end : Math.min(end, at);
        }
        return url.substring(0, end);
    }

    private static String filled(String url, String id) {
        return PLACE.matcher(url)
                .replaceAll(
                        Matcher.quoteReplacement(URLEncoder.encode(id, StandardCharsets.UTF_8)));
    }
}
