package io.holdfast.local.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jwt.SignedJWT;

import io.holdfast.local.gateway.Gateway;
import io.holdfast.local.gateway.GatewaySettings;
import io.holdfast.local.lambda.UnknownFunctionException;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.platform.TokenVerifier.Verified;
import io.holdfast.platform.UserId;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The issuer behind the real gateway, its tokens verified as the functions verify them. */
class TokenRoutesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CompletableFuture<LocalIssuer> issuer = new CompletableFuture<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private Gateway gateway;

    @BeforeEach
    void start() throws IOException {
        gateway =
                Gateway.start(
                        GatewaySettings.of(0, null, null),
                        (name, event) -> {
                            throw new UnknownFunctionException(name);
                        },
                        TokenRoutes.of(issuer::join));
        issuer.complete(
                new LocalIssuer(
                        LocalIssuer.key(null),
                        gateway.url().resolve("/local"),
                        InstantSource.system()));
    }

    @AfterEach
    void stop() {
        http.close();
        gateway.close();
    }

    @Test
    void aTokenIsVerifiedByTheIssuersPublishedKeys() throws Exception {
        String token =
                post("{\"user\":\"alice\",\"roles\":[\"admin\",\"user\"]}").path("token").asText();

        assertThat(verifier().verify(token))
                .isEqualTo(
                        new Verified.Authenticated(new UserId("alice"), Set.of("admin", "user")));
        var claims = SignedJWT.parse(token).getJWTClaimsSet();
        assertThat(claims.getStringListClaim("roles")).containsExactly("admin", "user");
        assertThat(
                        Duration.between(
                                claims.getIssueTime().toInstant(),
                                claims.getExpirationTime().toInstant()))
                .isEqualTo(Duration.ofHours(12));
    }

    @Test
    void aTokenHasNoClaimOfRolesIfNoneAreAskedFor() throws Exception {
        for (String body : new String[] {"{\"user\":\"alice\"}", "{\"user\":\"a\",\"roles\":[]}"}) {
            String token = post(body).path("token").asText();

            assertThat(SignedJWT.parse(token).getJWTClaimsSet().getClaims())
                    .doesNotContainKey("roles");
        }
    }

    @Test
    void aTokenCanHaveExpired() throws Exception {
        String token = post("{\"user\":\"alice\",\"ttlSeconds\":-60}").path("token").asText();

        assertThat(verifier().verify(token)).isInstanceOf(Verified.Unauthenticated.class);
    }

    @Test
    void theConfigurationNamesTheKeys() throws Exception {
        JsonNode configuration = get("/local/.well-known/openid-configuration");

        assertThat(configuration.path("issuer").asText()).isEqualTo(gateway.url() + "/local");
        URI keys = URI.create(configuration.path("jwks_uri").asText());
        JsonNode key = get(keys.getPath()).path("keys").path(0);
        assertThat(key.path("kty").asText()).isEqualTo("EC");
        assertThat(key.has("d")).as("the private part").isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"user\":7}",
                "{\"user\":\"\"}",
                "{\"user\":\"a b\"}",
                "{\"user\":\"a\",\"ttlSeconds\":\"1\"}",
                "{\"user\":\"a\",\"ttlSeconds\":1.5}",
                "{\"user\":\"a\",\"ttlSeconds\":99999999999}",
                "{\"user\":\"a\",\"roles\":\"admin\"}",
                "{\"user\":\"a\",\"roles\":[1]}"
            })
    void badInputIsAProblem(String body) throws Exception {
        HttpResponse<String> response = send(body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("content-type"))
                .contains("application/problem+json");
        assertThat(JSON.readTree(response.body()).path("detail").asText()).isNotEmpty();
    }

    @Test
    void theKeyStaysInItsDirectory(@TempDir Path directory) throws Exception {
        assertThat(LocalIssuer.key(directory)).isEqualTo(LocalIssuer.key(directory));
        assertThat(LocalIssuer.key(null)).isNotEqualTo(LocalIssuer.key(null));
    }

    private TokenVerifier verifier() {
        URI url = gateway.url();
        return new TokenVerifier(
                url + "/local",
                url.resolve("/local/.well-known/jwks.json"),
                "holdfast",
                "roles",
                InstantSource.system());
    }

    private JsonNode post(String body) throws Exception {
        return JSON.readTree(send(body).body());
    }

    private HttpResponse<String> send(String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(gateway.url().resolve("/local/tokens"))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        return JSON.readTree(
                http.send(
                                HttpRequest.newBuilder(gateway.url().resolve(path)).build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body());
    }
}
