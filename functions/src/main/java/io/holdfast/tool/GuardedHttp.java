package io.holdfast.tool;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Sends HTTP requests, one hop each, to public addresses alone unless told otherwise. */
final class GuardedHttp {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final Supplier<HttpClient> client;
    private final AddressGuard guard;

    GuardedHttp(Supplier<HttpClient> client, AddressGuard guard) {
        this.client = client;
        this.guard = guard;
    }

    /**
     * A client that is built when it is first needed, because its TLS costs a cold start.
     *
     * <p>It follows no redirects: each hop has to be checked.
     */
    static Supplier<HttpClient> lazyClient() {
        return new Supplier<>() {
            private @Nullable HttpClient built;

            @Override
            public synchronized HttpClient get() {
                HttpClient client = built;
                if (client == null) {
                    client = clientBuilder().build();
                    built = client;
                }
                return client;
            }
        };
    }

    static HttpClient.Builder clientBuilder() {
        return HttpClient.newBuilder()
                // A POST over a kept HTTP/2 connection gains nothing here, and over plain HTTP the
                // upgrade confuses old servers.
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .executor(Executors.newVirtualThreadPerTaskExecutor());
    }

    /**
     * Sends a request and returns when the answer's head is there; the caller closes the body.
     *
     * @throws AddressRefusedException if the host is not public and must be
     */
    HttpResponse<InputStream> send(HttpRequest request, boolean allowPrivateAddresses)
            throws IOException, InterruptedException {
        if (allowPrivateAddresses) {
            return client.get().send(request, BodyHandlers.ofInputStream());
        }
        URI url = request.uri();
        guard.check(url);
        HttpResponse<InputStream> response =
                client.get().send(request, BodyHandlers.ofInputStream());
        try {
            guard.check(url);
        } catch (IOException e) {
            response.body().close();
            throw e;
        }
        return response;
    }
}
