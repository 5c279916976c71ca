package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The published schema agrees with the code and with the docs. */
@NullMarked
final class CatalogSchemaTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Set<String> SCALARS = Set.of("string", "integer", "number", "boolean");

    /** What is named below a keyword that holds schemas by name. */
    private static final List<String> BY_NAME = List.of("properties", "$defs");

    @Test
    void everyKeyIsInTheDocsAndInTheExample() throws IOException {
        Set<String> keys = new TreeSet<>();
        collectKeys(schema(), keys);
        String docs = Files.readString(DOCS.resolve("assistants.md"));
        String example = Files.readString(DOCS.resolve("assistants.example.yaml"));

        assertThat(keys)
                .isNotEmpty()
                .allSatisfy(key -> assertThat(docs).contains("`" + key + "`"))
                .allSatisfy(key -> assertThat(example).containsPattern("\\b" + key + ":"));
    }

    @Test
    void everyValueHasAForm() throws IOException {
        assertForms("", schema());
    }

    @Test
    void whatIsLeftOutIsWhatTheSchemaNames() throws IOException {
        ObjectNode least = Json.object().put("version", 1);
        least.putObject("policies").putObject("default").putObject("everyone");
        ObjectNode assistant = least.putObject("assistants").putObject("a");
        assistant.put("systemPrompt", "x").put("model", "m");
        ObjectNode tools = least.putObject("tools");
        tools.putObject("b").put("kind", "builtin");
        tools.putObject("l").put("kind", "lambda").put("description", "x").put("function", "f");
        tools.putObject("h").put("kind", "http").put("description", "x").put("url", "http://h/");
        ObjectNode operation = tools.putObject("o").put("kind", "http");
        operation.put("description", "x").put("url", "http://o/");
        operation.putObject("operation").put("mode", "detach");
        operation.putObject("result").put("step", "s");
        least.putObject("mcpServers").putObject("s").put("url", "http://s/");
        least.putObject("subjects").putObject("e").put("url", "http://e/{{id}}");
        assistant.putObject("maxContextCharacters");
        ObjectNode full = least.deepCopy();
        fill(full, "/policies/default", "policy");
        fill(full, "/policies/default/everyone", "rules");
        fill(full, "/assistants/a", "assistant");
        fill(full, "/tools/b", "builtinTool");
        fill(full, "/tools/l", "lambdaTool");
        fill(full, "/tools/h", "httpTool");
        fill(full, "/tools/o/operation", "operation");
        fill(full, "/tools/o/result", "result");
        fill(full, "/mcpServers/s", "mcpServer");
        fill(full, "/subjects/e", "subject");
        fill(full, "/assistants/a/maxContextCharacters", "contextLimits");

        assertThat(CatalogReader.read(Json.write(least), Map.of()))
                .isEqualTo(CatalogReader.read(Json.write(full), Map.of()));
        assertThat(Json.write(full))
                .contains("\"maxSteps\":8", "\"retries\":2", "\"heartbeat\":\"5m\"", "\"deny\":[]");
    }

    /** Writes down every default that the schema names. */
    private static void fill(ObjectNode file, String pointer, String definition)
            throws IOException {
        JsonNode schema = schema();
        ObjectNode target = (ObjectNode) file.at(pointer);
        for (Map.Entry<String, JsonNode> property :
                schema.at("/$defs/" + definition + "/properties").properties()) {
            JsonNode at = property.getValue();
            while (!at.has("default") && at.path("$ref").asText("").startsWith("#")) {
                at = schema.at(at.path("$ref").textValue().substring(1));
            }
            if (at.has("default")) {
                target.set(property.getKey(), at.path("default"));
            }
        }
    }

    private static void collectKeys(JsonNode node, Set<String> keys) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (entry.getKey().equals("properties")) {
                entry.getValue().fieldNames().forEachRemaining(keys::add);
            }
            collectKeys(entry.getValue(), keys);
        }
        for (JsonNode item : node.isArray() ? node : Json.MAPPER.createArrayNode()) {
            collectKeys(item, keys);
        }
    }

    private static void assertForms(String pointer, JsonNode node) {
        if (SCALARS.contains(node.path("type").asText()) || node.has("enum")) {
            assertThat(node.path("title").asText()).as(pointer).isNotEmpty();
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            String at = pointer + "/" + entry.getKey();
            if (BY_NAME.contains(entry.getKey())) {
                entry.getValue()
                        .properties()
                        .forEach(named -> assertForms(at + "/" + named.getKey(), named.getValue()));
            } else {
                assertForms(at, entry.getValue());
            }
        }
    }

    private static JsonNode schema() throws IOException {
        try (InputStream stream =
                CatalogSchema.class.getResourceAsStream("assistants.schema.json")) {
            return Json.MAPPER.readTree(stream);
        }
    }
}
