package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import io.holdfast.access.Scope;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The OpenAPI document agrees with the template and with the catalogue of problems. That it is
 * OpenAPI, and that every answer fits it, {@code web/test} checks.
 */
@NullMarked
final class DescriptionTest {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
    private static final Pattern ROW = Pattern.compile("^\\| `([A-Z]+ /[^`]*)` \\|");
    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)}");

    private final JsonNode document = Description.document();

    @Test
    void describesTheRoutesOfTheTemplateAndNoOthers() throws IOException {
        JsonNode template = new YAMLMapper().readTree(Path.of("..", "template.yaml").toFile());
        Set<String> routes = new TreeSet<>();
        for (JsonNode resource : template.path("Resources")) {
            for (JsonNode event : resource.path("Properties").path("Events")) {
                if (event.path("Type").asText().equals("HttpApi")) {
                    JsonNode route = event.path("Properties");
                    routes.add(route.path("Method").asText() + " " + route.path("Path").asText());
                }
            }
        }

        assertThat(operations().keySet()).isNotEmpty().isEqualTo(routes);
    }

    @Test
    void thePageListsEveryRoute() throws IOException {
        Set<String> listed =
                Files.readAllLines(Path.of("..", "docs", "http.md")).stream()
                        .map(ROW::matcher)
                        .filter(Matcher::find)
                        .map(row -> row.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));

        assertThat(listed).isEqualTo(operations().keySet());
    }

    @Test
    void namesEveryVariableOfAPath() {
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            assertThat(
                            StreamSupport.stream(
                                            path.getValue().path("parameters").spliterator(), false)
                                    .map(this::resolved)
                                    .filter(parameter -> parameter.path("required").asBoolean())
                                    .map(parameter -> parameter.path("name").asText()))
                    .as(path.getKey())
                    .containsExactlyElementsOf(
                            VARIABLE.matcher(path.getKey())
                                    .results()
                                    .map(variable -> variable.group(1))
                                    .toList());
        }
    }

    @Test
    void saysOfEveryRouteHowItMayBeRefused() {
        operations()
                .forEach(
                        (route, operation) -> {
                            JsonNode responses = operation.path("responses");
                            assertThat(responses.has("500")).as(route).isTrue();
                            assertThat(responses.has("401"))
                                    .as(route)
                                    .isEqualTo(
                                            !operation.has("security")
                                                    || !operation.path("security").isEmpty());
                            assertThat(responses.has("413"))
                                    .as(route)
                                    .isEqualTo(!route.startsWith("GET "));
                        });
    }

    @Test
    void letsKeysInWhereThereIsAScopeForThem() {
        // Whoever has signed in becomes the owner: nobody does that for them.
        Set<String> inPerson = Set.of("POST /sessions/{sessionId}/claim");
        JsonNode usual = document.path("security");
        operations()
                .forEach(
                        (route, operation) -> {
                            JsonNode ways =
                                    operation.has("security") ? operation.path("security") : usual;
                            Set<String> names = new TreeSet<>();
                            ways.forEach(way -> way.fieldNames().forEachRemaining(names::add));
                            boolean isForUsers = names.contains("user");
                            JsonNode responses = operation.path("responses");
                            assertThat(responses.has("403")).as(route).isEqualTo(isForUsers);
                            if (isForUsers) {
                                assertThat(responses.has("429")).as(route).isTrue();
                                assertThat(names.contains("key"))
                                        .as("%s has a scope, or is for users alone", route)
                                        .isEqualTo(
                                                Scope.ofRoute(route).isPresent()
                                                        && !inPerson.contains(route));
                            }
                        });
    }

    @Test
    void namesEveryScope() {
        List<String> named = new ArrayList<>();
        document.at("/components/schemas/Scope/enum").forEach(scope -> named.add(scope.asText()));

        assertThat(named)
                .containsExactlyElementsOf(
                        Arrays.stream(Scope.values()).map(Scope::wireName).toList());
    }

    @Test
    void knowsTheProblemsOfTheCatalogue() {
        List<String> described = new ArrayList<>();
        for (JsonNode schema : document.path("components").path("schemas")) {
            JsonNode properties = schema.path("properties");
            String type = properties.path("type").path("const").asText();
            if (type.startsWith("/problems/")) {
                described.add(
                        "%s %s %s"
                                .formatted(
                                        type,
                                        properties.path("status").path("const").asText(),
                                        properties.path("title").path("const").asText()));
            }
        }

        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Problem.values())
                                .map(
                                        problem ->
                                                "%s %d %s"
                                                        .formatted(
                                                                problem.type(),
                                                                problem.status(),
                                                                problem.title()))
                                .toList());
    }

    @Test
    void answersEveryRefusalWithAProblemOfItsStatus() {
        operations()
                .forEach(
                        (route, operation) ->
                                operation.path("responses").properties().stream()
                                        .filter(response -> response.getKey().compareTo("400") >= 0)
                                        .forEach(
                                                response ->
                                                        assertThat(statuses(response.getValue()))
                                                                .as(
                                                                        "%s %s",
                                                                        route, response.getKey())
                                                                .containsExactly(
                                                                        Integer.valueOf(
                                                                                response
                                                                                        .getKey()))));
    }

    /** The statuses that the problems of a response have. */
    private Set<Integer> statuses(JsonNode response) {
        JsonNode schema =
                resolved(response).path("content").path("application/problem+json").path("schema");
        Set<Integer> statuses = new TreeSet<>();
        for (JsonNode one : schema.has("oneOf") ? schema.path("oneOf") : Set.of(schema)) {
            statuses.add(resolved(one).path("properties").path("status").path("const").asInt());
        }
        return statuses;
    }

    /** By their route keys. */
    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new TreeMap<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            path.getValue().properties().stream()
                    .filter(entry -> METHODS.contains(entry.getKey()))
                    .forEach(
                            method ->
                                    operations.put(
                                            method.getKey().toUpperCase(Locale.ROOT)
                                                    + " "
                                                    + path.getKey(),
                                            method.getValue()));
        }
        return operations;
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }
}
