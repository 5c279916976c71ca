package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.access.ApiKey;
import io.holdfast.access.ApiKeyStore;
import io.holdfast.access.ApiKeyStore.Created;
import io.holdfast.access.KeyId;
import io.holdfast.access.Scope;
import io.holdfast.platform.Json;
import io.holdfast.turn.Caller;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** API keys for services: whoever is signed in makes, lists and revokes their own. */
final class KeyRoutes implements Route.Group {
    private static final int MAX_NAME = 100;
    private static final long LEAST_SECONDS = 60;

    /** A key keeps roles that its user may have lost: so it does not live for ever. */
    private static final long MOST_SECONDS = Duration.ofDays(366).toSeconds();

    private static final long USUAL_SECONDS = Duration.ofDays(90).toSeconds();

    private final ApiKeyStore keys;
    private final InstantSource clock;

    KeyRoutes(ApiKeyStore keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "POST /keys",
                guard.signedIn(this::create),
                "GET /keys",
                guard.signedIn((caller, request) -> list(caller)),
                "DELETE /keys/{keyId}",
                guard.signedIn(this::revoke));
    }

    /** {@code POST /keys {name, scopes, roles?, expiresIn?}}: the key, whole this once. */
    private HttpResponse create(Caller caller, HttpRequest request) {
        Optional<ObjectNode> found = request.jsonBody();
        if (found.isEmpty()) {
            return HttpResponse.invalid("The body must be a JSON object with a name and scopes.");
        }
        ObjectNode body = found.get();
        String name = body.path("name").asText("");
        if (!body.path("name").isTextual() || name.isBlank() || name.length() > MAX_NAME) {
            return HttpResponse.invalid("name must be 1 to %d characters.".formatted(MAX_NAME));
        }
        Optional<Set<Scope>> scopes =
                texts(body.path("scopes")).flatMap(KeyRoutes::scopes).filter(s -> !s.isEmpty());
        if (scopes.isEmpty()) {
            return HttpResponse.invalid("scopes must be a list of some of " + ALL_SCOPES + ".");
        }
        Optional<List<String>> roles =
                body.has("roles") ? texts(body.path("roles")) : Optional.of(List.of());
        if (roles.isEmpty() || !caller.roles().containsAll(roles.get())) {
            return HttpResponse.invalid("roles must be a list of roles that you have.");
        }
        JsonNode life = body.path("expiresIn");
        long seconds = life.isMissingNode() ? USUAL_SECONDS : life.asLong(0);
        boolean isWhole = life.isIntegralNumber() && life.canConvertToLong();
        if (!(life.isMissingNode() || isWhole)
                || seconds < LEAST_SECONDS
                || seconds > MOST_SECONDS) {
            return HttpResponse.invalid(
                    "expiresIn must be a whole number of seconds, from %d to %d."
                            .formatted(LEAST_SECONDS, MOST_SECONDS));
        }
        return switch (keys.create(
                caller.user(),
                name,
                scopes.get(),
                Set.copyOf(roles.get()),
                Duration.ofSeconds(seconds),
                clock.instant())) {
            case Created.Now(ApiKey key, String token) ->
                    new HttpResponse(201, HttpResponse.JSON, view(key).put("key", token));
            case Created.TooMany() ->
                    HttpResponse.problem(
                            Problem.LIMIT_REACHED,
                            "You have %d keys already. Revoke one that is not used any more."
                                    .formatted(ApiKeyStore.MOST));
        };
    }

    private static final String ALL_SCOPES =
            List.of(Scope.values()).stream().map(Scope::wireName).collect(Collectors.joining(", "));

    /** {@code GET /keys}: {@code {items}}, without their secrets, the oldest first. */
    private HttpResponse list(Caller caller) {
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        keys.list(caller.user(), clock.instant()).forEach(key -> items.add(view(key)));
        return HttpResponse.ok(answer);
    }

    /** {@code DELETE /keys/{keyId}}: {@code {keyId, revoked}}. */
    private HttpResponse revoke(Caller caller, HttpRequest request) {
        String id = request.pathParameter("keyId");
        if (!KeyId.isValid(id) || !keys.revoke(caller.user(), new KeyId(id), clock.instant())) {
            return HttpResponse.problem(Problem.NOT_FOUND, "There is no such key.");
        }
        return HttpResponse.ok(Json.object().put("keyId", id).put("revoked", true));
    }

    private static ObjectNode view(ApiKey key) {
        ObjectNode json = Json.object().put("keyId", key.id().value()).put("name", key.name());
        ArrayNode scopes = json.putArray("scopes");
        key.scopes().stream().sorted().map(Scope::wireName).forEach(scopes::add);
        ArrayNode roles = json.putArray("roles");
        key.roles().stream().sorted().forEach(roles::add);
        return json.put("createdAt", key.createdAt().toString())
                .put("expiresAt", key.expiresAt().toString());
    }

    private static Optional<Set<Scope>> scopes(Collection<String> names) {
        Set<Scope> scopes = new LinkedHashSet<>();
        for (String name : names) {
            Optional<Scope> scope = Scope.named(name);
            if (scope.isEmpty()) {
                return Optional.empty();
            }
            scopes.add(scope.get());
        }
        return Optional.of(scopes);
    }

    /** The texts of a list; empty if it is something else. */
    private static Optional<List<String>> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : list) {
            if (!text.isTextual()) {
                return Optional.empty();
            }
            texts.add(text.textValue());
        }
        return list.isArray() ? Optional.of(texts) : Optional.empty();
    }
}
