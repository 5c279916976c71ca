package io.holdfast.assistant;

import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.ConfigurationException;
import io.holdfast.platform.Pause;
import io.holdfast.platform.SignedRequestException;
import io.holdfast.platform.SignedRequests;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the file of assistants and tools: the variable {@code ASSISTANTS_CONFIG} says where.
 *
 * <p>{@code classpath:NAME} (the packaged one if the variable is not set), {@code file:/PATH} (of a
 * Lambda layer, for example), {@code https://…}, {@code s3://BUCKET/KEY}, {@code ssm:NAME}. The
 * file is read once, at the function's start: a changed one counts from the next start on.
 */
public final class CatalogSource {
    private static final String VARIABLE = "ASSISTANTS_CONFIG";
    private static final String PACKAGED = "classpath:io/holdfast/assistant/assistants.yaml";
    private static final int MAX_BYTES = 1_000_000;

    /** Lambda gives a function ten seconds to start ("Init phase", AWS Lambda Developer Guide). */
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Map<String, String> environment;

    private CatalogSource(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Reads the file that the environment names.
     *
     * @param environment also for the file's own {@code ${NAME}}, and for calls of AWS
     * @throws ConfigurationException if it cannot be read, or has faults
     */
    public static Catalog load(Map<String, String> environment) {
        String place =
                new ConfigReader(environment).optionalText(VARIABLE).orElse(PACKAGED).strip();
        String yaml = new CatalogSource(environment).read(place);
        return CatalogReader.read(name(place), yaml, environment);
    }

    private String read(String place) {
        try {
            String scheme = place.contains(":") ? place.substring(0, place.indexOf(':')) : "";
            String rest = place.substring(place.indexOf(':') + 1);
            return switch (scheme) {
                case "classpath" -> resource(rest);
                case "file" -> file(Path.of(URI.create(place)));
                case "http", "https" -> page(URI.create(place));
                case "s3" -> object(rest);
                case "ssm" -> requests().parameter(rest);
                default ->
                        throw fault("must start with classpath:, file:/, https://, s3:// or ssm:");
            };
        } catch (SignedRequestException e) {
            throw fault("cannot be read: " + e.getMessage());
        } catch (IOException e) {
            throw fault("cannot be read: " + bare(place) + ": " + e.getClass().getSimpleName());
        } catch (IllegalArgumentException e) {
            throw fault("is not a valid place: " + bare(place));
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = CatalogSource.class.getClassLoader().getResourceAsStream(name)) {
            if (stream == null) {
                throw fault("names no packaged file: " + name);
            }
            return text(stream);
        }
    }

    private static String file(Path path) throws IOException {
        try (InputStream stream = Files.newInputStream(path)) {
            return text(stream);
        }
    }

    /** Assistants decide what may be done, so nobody on the way may change them. */
    private static String page(URI url) throws IOException {
        if (url.getHost() == null
                || (!url.getScheme().equals("https") && !LOOPBACK.contains(url.getHost()))) {
            throw fault("must be https unless it is on this machine");
        }
        HttpRequest request = HttpRequest.newBuilder(url).timeout(TIMEOUT).build();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            HttpResponse<InputStream> response =
                    client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw fault("cannot be read: the answer was " + response.statusCode());
                }
                return text(body);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading the assistants", e);
        }
    }

    private String object(String rest) {
        String path = rest.startsWith("//") ? rest.substring(2) : "";
        int slash = path.indexOf('/');
        if (slash < 1 || slash == path.length() - 1) {
            throw fault("must be written as s3://BUCKET/KEY");
        }
        return requests().object(path.substring(0, slash), path.substring(slash + 1));
    }

    private SignedRequests requests() {
        return new SignedRequests(environment, Pause.REAL);
    }

    private static String text(InputStream stream) throws IOException {
        byte[] bytes = stream.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw fault("must not lead to more than " + MAX_BYTES + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The file's name in faults. */
    private static String name(String place) {
        String path = bare(place);
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.isEmpty() ? path : name;
    }

    /** A URL's query may hold a key. */
    private static String bare(String place) {
        return place.split("\\?", 2)[0];
    }

    private static ConfigurationException fault(String words) {
        return new ConfigurationException(List.of(VARIABLE + " " + words));
    }
}
