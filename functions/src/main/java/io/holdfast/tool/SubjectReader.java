package io.holdfast.tool;

import com.fasterxml.jackson.core.JsonProcessingException;

import io.holdfast.assistant.SubjectSource;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Asks the configured sources for the state of subjects: one GET, of which nothing is tried again,
 * because whoever asked something waits for it, and can be answered without.
 */
final class SubjectReader {
    private static final Logger LOG = LoggerFactory.getLogger(SubjectReader.class);

    /** More than any prompt takes of it. */
    private static final int MAX_BYTES = 1_000_000;

    private final Map<String, SubjectSource> sources;
    private final Secrets secrets;
    private final GuardedHttp http;
    private final Backoff backoff;

    /** Asks these sources, by the kinds of subjects. */
    SubjectReader(
            Map<String, SubjectSource> sources,
            Secrets secrets,
            GuardedHttp http,
            Backoff backoff) {
        this.sources = Map.copyOf(sources);
        this.secrets = secrets;
        this.http = http;
        this.backoff = backoff;
    }

    /**
     * How a subject is now.
     *
     * @param user for whom: the source decides what they may see
     */
    SubjectState read(String subject, UserId user, SessionId session) {
        int colon = subject.indexOf(':');
        SubjectSource source = colon < 0 ? null : sources.get(subject.substring(0, colon));
        if (source == null) {
            return new SubjectState.NoSource();
        }
        Optional<URI> url = source.url(subject.substring(colon + 1));
        if (url.isEmpty()) {
            return unavailable(source, "the id could lead elsewhere");
        }
        try {
            return read(source, url.get(), user, session);
        } catch (JsonProcessingException e) {
            return unavailable(source, "its answer claims to be JSON and is not");
        } catch (IOException e) {
            // The message may quote the answer or the address.
            return unavailable(source, e.getClass().getSimpleName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unavailable(source, "interrupted");
        } catch (RuntimeException e) {
            // A secret that cannot be had, for example: no reason to leave a question unanswered.
            LOG.error("The source of subjects {} cannot be asked", source.kind(), e);
            return new SubjectState.Unavailable();
        }
    }

    private SubjectState read(SubjectSource source, URI url, UserId user, SessionId session)
            throws IOException, InterruptedException {
        Headers headers = Headers.of(source.headers(), secrets);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(url)
                        .timeout(source.timeout())
                        .header("Accept", "application/json, text/*")
                        .GET();
        headers.setOn(request);
        // After the configured ones: these are ours.
        request.setHeader("X-Holdfast-User", user.value())
                .setHeader("X-Holdfast-Session", session.value());
        Instant deadline = backoff.now().plus(source.timeout());
        HttpResponse<InputStream> response =
                http.send(request.build(), source.allowPrivateAddresses());
        try (BoundedBody body =
                new BoundedBody(response.body(), MAX_BYTES, backoff.left(deadline))) {
            if (response.statusCode() / 100 != 2) {
                return unavailable(source, "status " + response.statusCode());
            }
            MediaType type = MediaType.of(response.headers());
            String text = headers.hide(new String(body.readAllBytes(), type.charset())).strip();
            if (text.isEmpty()) {
                return unavailable(source, "its answer is empty");
            }
            // Read and written, so that it is on one line and surely JSON.
            return new SubjectState.Found(type.isJson() ? Json.write(Json.read(text)) : text);
        }
    }

    private static SubjectState unavailable(SubjectSource source, String reason) {
        LOG.warn("The source of subjects {} gave nothing: {}", source.kind(), reason);
        return new SubjectState.Unavailable();
    }
}
