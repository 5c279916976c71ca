package io.holdfast.local.tokens;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.gateway.LocalRequest;
import io.holdfast.local.gateway.LocalResponse;
import io.holdfast.local.gateway.LocalRoute;
import io.holdfast.platform.UserId;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The issuer over HTTP: {@code POST /local/tokens}, {@code GET /local/.well-known/jwks.json} and
 * {@code GET /local/.well-known/openid-configuration}.
 *
 * <p>{@code POST /local/tokens {"user":"alice","roles":["admin"],"ttlSeconds":60}} answers {@code
 * {"token":"…"}}. {@code roles}, a claim of the same name, may be left out; so may {@code
 * ttlSeconds}: the token is good for twelve hours then.
 */
public final class TokenRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JWKS_PATH = "/.well-known/jwks.json";

    /** A year: long enough for any test, short enough to be a number of seconds. */
    private static final long MAX_LIFE_SECONDS = Duration.ofDays(365).toSeconds();

    private final Supplier<LocalIssuer> issuer;

    private TokenRoutes(Supplier<LocalIssuer> issuer) {
        this.issuer = issuer;
    }

    /**
     * The routes.
     *
     * @param issuer may block until the issuer is known
     */
    public static List<LocalRoute> of(Supplier<LocalIssuer> issuer) {
        TokenRoutes routes = new TokenRoutes(issuer);
        return List.of(
                new LocalRoute("POST", "/local/tokens", routes::token),
                new LocalRoute(
                        "GET",
                        "/local" + JWKS_PATH,
                        request -> LocalResponse.json(200, issuer.get().jwks())),
                new LocalRoute(
                        "GET",
                        "/local/.well-known/openid-configuration",
                        request -> routes.configuration()));
    }

    private LocalResponse configuration() {
        String url = issuer.get().issuer().toString();
        ObjectNode document =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("issuer", url)
                        .put("jwks_uri", url + JWKS_PATH)
                        .put("token_endpoint", url + "/tokens");
        document.putArray("id_token_signing_alg_values_supported").add("ES256");
        document.putArray("subject_types_supported").add("public");
        document.putArray("response_types_supported").add("id_token");
        return LocalResponse.json(200, document.toString());
    }

    private LocalResponse token(LocalRequest request) {
        JsonNode body;
        try {
            body = JSON.readTree(request.body());
        } catch (JsonProcessingException e) {
            return problem("The body must be JSON, such as {\"user\":\"alice\"}.");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        if (!body.isObject()) {
            return problem("The body must be an object, such as {\"user\":\"alice\"}.");
        }
        if (!body.path("user").isTextual() || !UserId.isValid(body.path("user").asText())) {
            return problem("user must be 1 to 256 printable ASCII characters without spaces.");
        }
        long life = LocalIssuer.DEFAULT_LIFE.toSeconds();
        if (body.has("ttlSeconds")) {
            JsonNode seconds = body.path("ttlSeconds");
            // A negative one makes a token that has expired, for trying how it is refused.
            if (!seconds.canConvertToExactIntegral()
                    || Math.abs(seconds.asLong()) > MAX_LIFE_SECONDS) {
                return problem("ttlSeconds must be a whole number of seconds, a year at most.");
            }
            life = seconds.asLong();
        }
        List<String> roles = new ArrayList<>();
        for (JsonNode role : body.path("roles")) {
            if (!role.isTextual()) {
                return problem("roles must be a list of texts.");
            }
            roles.add(role.asText());
        }
        if (body.has("roles") && !body.path("roles").isArray()) {
            return problem("roles must be a list of texts.");
        }
        String token =
                issuer.get().token(body.path("user").asText(), roles, Duration.ofSeconds(life));
        return LocalResponse.json(
                200, JsonNodeFactory.instance.objectNode().put("token", token).toString());
    }

    private static LocalResponse problem(String detail) {
        ObjectNode problem =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("title", "Bad Request")
                        .put("status", 400)
                        .put("detail", detail);
        return new LocalResponse(
                400,
                Map.of("content-type", "application/problem+json"),
                problem.toString().getBytes(StandardCharsets.UTF_8));
    }
}
