package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * Reads a page of the public web as text.
 *
 * <p>Follows up to {@value #MAX_REDIRECTS} redirects and checks the address of each. {@code
 * settings.allowPrivateAddresses} lets it read pages of the own network.
 */
public final class FetchPageTool implements BuiltinTool {
    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_BYTES = 2 * 1024 * 1024;
    private static final int MAX_CHARACTERS = 100_000;
    private static final Duration TIME = Duration.ofSeconds(10);
    private static final Set<String> READABLE =
            Set.of("text/html", "application/xhtml+xml", "text/plain", "application/json");

    @Override
    public String name() {
        return "fetch_page";
    }

    @Override
    public String description() {
        return "Reads a web page as text: its title, its readable text and, if asked for, its"
                + " links.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema()
                .field("url", "string", "the page's address, http or https")
                .field("links", "boolean", "whether to list the page's links as well")
                .requires("url");
    }

    @Override
    public ToolResult run(ToolCall call, ObjectNode settings, Services services, Progress progress)
            throws InterruptedException {
        GuardedHttp http = new GuardedHttp(services.http(), AddressGuard.SYSTEM);
        boolean allowPrivate = settings.path("allowPrivateAddresses").asBoolean(false);
        Instant latest = services.clock().instant().plus(TIME);
        Instant deadline = call.deadline().isBefore(latest) ? call.deadline() : latest;
        try {
            URI url = address(call.input().path("url").asText());
            for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
                Duration left = Duration.between(services.clock().instant(), deadline);
                if (!left.isPositive()) {
                    throw new NotReadableException("The page took too long");
                }
                HttpResponse<InputStream> response = http.send(request(url, left), allowPrivate);
                try (BoundedBody body = new BoundedBody(response.body(), Long.MAX_VALUE, left)) {
                    if (!isRedirect(response.statusCode())) {
                        return read(url, response, body, call.input().path("links").asBoolean());
                    }
                }
                url = target(url, response);
            }
            return new ToolResult.Failure(
                    "The page redirects more than %d times".formatted(MAX_REDIRECTS));
        } catch (NotReadableException | AddressRefusedException e) {
            return new ToolResult.Failure(String.valueOf(e.getMessage()));
        } catch (HttpTimeoutException | BoundedBody.BodyTooSlowException e) {
            return new ToolResult.Failure("The page took too long");
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return new ToolResult.Failure("The page cannot be reached");
        }
    }

    private static HttpRequest request(URI url, Duration timeout) {
        return HttpRequest.newBuilder(url)
                .timeout(timeout)
                .header("Accept", "text/html, application/xhtml+xml, text/plain, application/json")
                .header("User-Agent", "Holdfast (fetch_page)")
                .GET()
                .build();
    }

    private static URI address(String text) throws NotReadableException {
        URI url;
        try {
            url = new URI(text.strip());
        } catch (URISyntaxException e) {
            throw new NotReadableException("This is not a valid URL");
        }
        boolean web =
                "http".equalsIgnoreCase(url.getScheme())
                        || "https".equalsIgnoreCase(url.getScheme());
        if (!web || url.getHost() == null || url.getUserInfo() != null) {
            throw new NotReadableException("Only http and https URLs with a host can be read");
        }
        return url;
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI target(URI from, HttpResponse<?> response) throws NotReadableException {
        String location =
                response.headers()
                        .firstValue("Location")
                        .orElseThrow(
                                () -> new NotReadableException("The page redirects to nowhere"));
        try {
            return address(from.resolve(location.strip()).toString());
        } catch (IllegalArgumentException e) {
            throw new NotReadableException("The page redirects to what is not a valid URL");
        }
    }

    private static ToolResult read(
            URI url, HttpResponse<?> response, BoundedBody body, boolean wantsLinks)
            throws IOException {
        if (response.statusCode() / 100 != 2) {
            throw new NotReadableException(
                    "The page answered with status " + response.statusCode());
        }
        MediaType type = MediaType.of(response.headers());
        if (!READABLE.contains(type.name())) {
            throw new NotReadableException(
                    "The page is neither HTML nor text nor JSON, but "
                            + (type.name().isEmpty()
                                    ? "of no said kind"
                                    : Words.cut(type.name(), 100)));
        }
        byte[] bytes = body.readNBytes(MAX_BYTES);
        boolean cut = bytes.length == MAX_BYTES && body.read() >= 0;
        ObjectNode output = Json.object().put("url", url.toString());
        String text;
        if (type.name().contains("html")) {
            PageText page = PageText.of(bytes, response, url);
            output.put("title", Words.cut(page.title(), 500));
            text = page.text();
            if (wantsLinks) {
                output.set("links", page.links());
            }
        } else {
            output.put("title", "");
            text = new String(bytes, type.charset());
        }
        output.put("text", Words.cut(text, MAX_CHARACTERS));
        output.put("truncated", cut || text.length() > MAX_CHARACTERS);
        return new ToolResult.Success(output);
    }

    /** The page is not one that can be read; the message says why, for the model. */
    private static final class NotReadableException extends IOException {
        private static final long serialVersionUID = 1L;

        NotReadableException(String words) {
            super(words);
        }
    }
}
