package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.ConfigurationException;
import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

@NullMarked
final class CatalogReaderTest {
    private static final String SHORT =
            """
            version: 1
            assistants:
              helper:
                systemPrompt: Be kind.
                model: model-1
            """;

    @Test
    void aShortFileHasDefaultsForTheRest() {
        Catalog catalog = read(SHORT);

        Policy.Rules rules = new Policy.Rules(Risk.LOW, Risk.HIGH, List.of(), List.of(), List.of());
        assertThat(catalog)
                .isEqualTo(
                        new Catalog(
                                "helper",
                                Map.of(
                                        "helper",
                                        new Assistant(
                                                "helper",
                                                "Be kind.",
                                                "model-1",
                                                null,
                                                ReasoningEffort.NONE,
                                                8,
                                                8192,
                                                200,
                                                400_000,
                                                50_000,
                                                List.of(),
                                                List.of(),
                                                ContextLimits.DEFAULT,
                                                new Policy(
                                                        "default",
                                                        Duration.ofDays(7),
                                                        rules,
                                                        Map.of()),
                                                Overrides.NONE,
                                                OnBusy.REJECT,
                                                true)),
                                Map.of(),
                                List.of(),
                                Map.of(),
                                Prices.NONE));
    }

    @Test
    void readsWhatAnAssistantAndItsPolicySay() {
        Catalog catalog =
                read(
                        """
                        version: 1
                        defaultAssistant: expert
                        policies:
                          careful:
                            approvalExpires: 12h
                            everyone: { runs: medium, confirms: medium, confirm: [pay], deny: ["x_*"] }
                            roles:
                              team lead: { allow: [pay] }
                        assistants:
                          other: { systemPrompt: Hi., model: model-1 }
                          expert:
                            systemPrompt: Think.
                            model: model-2
                            finalModel: model-3
                            reasoningEffort: low
                            maxSteps: 3
                            maxOutputTokens: 4096
                            maxHistoryMessages: 10
                            maxHistoryCharacters: 2000
                            maxResultCharacters: 300
                            tools: ["*"]
                            context: [date, mcp, subject]
                            maxContextCharacters: { subject: 1000, memory: 500 }
                            policy: careful
                            overrides: { models: ["us.*"], reasoningEfforts: [none, high] }
                            onBusy: queue
                            titles: false
                        """);

        assertThat(catalog.defaultAssistant()).isEqualTo("expert");
        assertThat(catalog.assistant("expert"))
                .contains(
                        new Assistant(
                                "expert",
                                "Think.",
                                "model-2",
                                "model-3",
                                ReasoningEffort.LOW,
                                3,
                                4096,
                                10,
                                2000,
                                300,
                                List.of("*"),
                                List.of("date", "mcp", "subject"),
                                new ContextLimits(1_000, 4_000, 500),
                                new Policy(
                                        "careful",
                                        Duration.ofHours(12),
                                        new Policy.Rules(
                                                Risk.MEDIUM,
                                                Risk.MEDIUM,
                                                List.of("pay"),
                                                List.of(),
                                                List.of("x_*")),
                                        Map.of(
                                                "team lead",
                                                new Policy.Rules(
                                                        Risk.LOW,
                                                        Risk.HIGH,
                                                        List.of(),
                                                        List.of("pay"),
                                                        List.of()))),
                                new Overrides(
                                        List.of("us.*"),
                                        Set.of(ReasoningEffort.NONE, ReasoningEffort.HIGH)),
                                OnBusy.QUEUE,
                                false));
    }

    @Test
    void readsToolsOfEveryKindAndServers() {
        Catalog catalog =
                read(
                        SHORT
                                + """
                                tools:
                                  now: { kind: builtin, builtin: current_time, settings: { zone: UTC } }
                                  calculator: { kind: builtin }
                                  sum:
                                    kind: lambda
                                    description: Adds.
                                    risk: high
                                    timeout: 2m
                                    function: arn:aws:lambda:eu-west-1:123456789012:function:sum
                                    input: { type: object, properties: { a: { type: number } } }
                                  weather:
                                    kind: http
                                    description: Tells the weather.
                                    url: https://example.com/weather?v=1
                                    headers:
                                      X-Plain: text
                                      Authorization: { secret: "secretsmanager:keys#weather", prefix: "Bearer " }
                                  local:
                                    kind: http
                                    description: Near.
                                    url: http://127.0.0.1:1/
                                    allowPrivateAddresses: true
                                    maxResponseBytes: 10
                                    retries: 0
                                mcpServers:
                                  everything: { url: "http://127.0.0.1:3001/mcp" }
                                  docs:
                                    url: https://example.com/mcp
                                    prefix: ""
                                    risk: low
                                    risks: { write: high }
                                    headers: { X-Key: { secret: "env:KEY" } }
                                    allowPrivateAddresses: true
                                    resources: ["docs://start"]
                                    prompts: [rules]
                                    timeout: 5s
                                """);

        assertThat(catalog.tools())
                .isEqualTo(
                        Map.of(
                                "now",
                                tool(
                                        "now",
                                        "",
                                        new ToolKind.Builtin(
                                                "current_time", object("{'zone':'UTC'}"))),
                                "calculator",
                                tool(
                                        "calculator",
                                        "",
                                        new ToolKind.Builtin("calculator", Json.object())),
                                "sum",
                                new ToolConfig(
                                        "sum",
                                        "Adds.",
                                        Risk.HIGH,
                                        object(
                                                "{'type':'object','properties':{'a':{'type':'number'}}}"),
                                        Duration.ofMinutes(2),
                                        new ToolKind.Lambda(
                                                "arn:aws:lambda:eu-west-1:123456789012:function:sum")),
                                "weather",
                                tool(
                                        "weather",
                                        "Tells the weather.",
                                        new ToolKind.Http(
                                                URI.create("https://example.com/weather?v=1"),
                                                Map.of(
                                                        "X-Plain",
                                                        new HeaderValue.Plain("text"),
                                                        "Authorization",
                                                        new HeaderValue.Secret(
                                                                "secretsmanager:keys#weather",
                                                                "Bearer ")),
                                                false,
                                                1_000_000,
                                                2)),
                                "local",
                                tool(
                                        "local",
                                        "Near.",
                                        new ToolKind.Http(
                                                URI.create("http://127.0.0.1:1/"),
                                                Map.of(),
                                                true,
                                                10,
                                                0))));
        assertThat(catalog.mcpServers())
                .containsExactly(
                        new McpServer(
                                "everything",
                                URI.create("http://127.0.0.1:3001/mcp"),
                                "everything_",
                                Risk.MEDIUM,
                                Map.of(),
                                Map.of(),
                                false,
                                List.of(),
                                List.of(),
                                Duration.ofSeconds(60)),
                        new McpServer(
                                "docs",
                                URI.create("https://example.com/mcp"),
                                "",
                                Risk.LOW,
                                Map.of("write", Risk.HIGH),
                                Map.of("X-Key", new HeaderValue.Secret("env:KEY", "")),
                                true,
                                List.of("docs://start"),
                                List.of("rules"),
                                Duration.ofSeconds(5)));
    }

    @Test
    void readsWhereTheStateOfSubjectsIsFetched() {
        Catalog catalog =
                read(
                        SHORT
                                + """
                                subjects:
                                  experiment: { url: "https://lab.example.com/experiments/{{id}}" }
                                  run:
                                    url: http://10.0.0.1/runs?id={{ id }}&full=1
                                    headers: { Authorization: { secret: "env:KEY", prefix: "Bearer " } }
                                    allowPrivateAddresses: true
                                    timeout: 10s
                                  off: { enabled: false }
                                """);

        assertThat(catalog.subjects())
                .isEqualTo(
                        Map.of(
                                "experiment",
                                new SubjectSource(
                                        "experiment",
                                        "https://lab.example.com/experiments/{{id}}",
                                        Map.of(),
                                        false,
                                        Duration.ofSeconds(3)),
                                "run",
                                new SubjectSource(
                                        "run",
                                        "http://10.0.0.1/runs?id={{ id }}&full=1",
                                        Map.of(
                                                "Authorization",
                                                new HeaderValue.Secret("env:KEY", "Bearer ")),
                                        true,
                                        Duration.ofSeconds(10))));
    }

    @Test
    void readsPricesToTheirLastDigit() {
        Catalog catalog =
                read(
                        SHORT
                                + """
                                prices:
                                  us.anthropic.large:
                                    input: 3
                                    output: ${OUTPUT}
                                  "us.amazon.*": { input: 0.035, output: 0.14 }
                                """,
                        Map.of("OUTPUT", "15.0000000001"));

        assertThat(catalog.prices().byModel())
                .containsExactly(
                        Map.entry("us.anthropic.large", price("3", "15.0000000001")),
                        Map.entry("us.amazon.*", price("0.035", "0.14")));
    }

    private static Price price(String input, String output) {
        return new Price(new BigDecimal(input), new BigDecimal(output));
    }

    @Test
    void aToolOfAnOutsideServiceIsAnOperation() {
        Catalog catalog =
                read(
                        SHORT
                                + """
                                tools:
                                  research:
                                    kind: http
                                    description: Researches.
                                    url: https://example.com/research
                                    timeout: 10s
                                    operation: { mode: await, heartbeat: 60s, timeout: 1h }
                                  report:
                                    kind: lambda
                                    description: Reports.
                                    function: report
                                    operation: { mode: detach }
                                  quick:
                                    kind: lambda
                                    description: Is quick.
                                    function: quick
                                    operation: { mode: await, timeout: 1m }
                                  longest:
                                    kind: lambda
                                    description: Is slow.
                                    function: slow
                                    operation: { mode: detach, heartbeat: 24h, timeout: 300d }
                                  sum: { kind: lambda, description: Adds., function: sum }
                                """);

        assertThat(operation(catalog, "research"))
                .contains(
                        new OperationConfig(
                                OperationConfig.Mode.AWAIT,
                                Duration.ofSeconds(60),
                                Duration.ofHours(1)));
        assertThat(operation(catalog, "report"))
                .contains(
                        new OperationConfig(
                                OperationConfig.Mode.DETACH,
                                Duration.ofMinutes(5),
                                Duration.ofDays(1)));
        assertThat(operation(catalog, "quick"))
                .contains(
                        new OperationConfig(
                                OperationConfig.Mode.AWAIT,
                                Duration.ofMinutes(1),
                                Duration.ofMinutes(1)));
        assertThat(operation(catalog, "longest"))
                .contains(
                        new OperationConfig(
                                OperationConfig.Mode.DETACH,
                                Duration.ofDays(1),
                                Duration.ofDays(300)));
        assertThat(operation(catalog, "sum")).isEmpty();
        assertThat(catalog.tools())
                .hasEntrySatisfying(
                        "research",
                        tool -> assertThat(tool.timeout()).isEqualTo(Duration.ofSeconds(10)));
    }

    @Test
    void aServiceMayBeToldThatItsWorkIsNotWantedAnyMore() {
        Catalog catalog =
                read(
                        SHORT
                                + """
                                tools:
                                  research:
                                    kind: http
                                    description: Researches.
                                    url: https://example.com/research
                                    operation: { mode: await, cancel: "${SERVICE}/cancel?v=1" }
                                  report:
                                    kind: lambda
                                    description: Reports.
                                    function: report
                                    operation: { mode: detach, cancel: "arn:aws:lambda:eu-west-1:1:function:f" }
                                  deaf: { kind: lambda, description: x, function: f, operation: { mode: detach } }
                                  sum: { kind: lambda, description: Adds., function: sum }
                                """,
                        Map.of("SERVICE", "https://example.com"));

        assertThat(cancel(catalog, "research")).contains("https://example.com/cancel?v=1");
        assertThat(cancel(catalog, "report")).contains("arn:aws:lambda:eu-west-1:1:function:f");
        assertThat(cancel(catalog, "deaf")).isEmpty();
        assertThat(cancel(catalog, "sum")).isEmpty();
    }

    private static Optional<String> cancel(Catalog catalog, String tool) {
        return Optional.ofNullable(catalog.tools().get(tool)).map(ToolConfig::cancel);
    }

    @Test
    void resultsOfEveryKindMayHaveAStep() {
        Catalog catalog =
                read(
                        SHORT
                                + """
                                tools:
                                  echo:
                                    kind: builtin
                                    result: { step: keep, settings: { folder: a } }
                                  sum:
                                    kind: lambda
                                    description: Adds.
                                    function: sum
                                    result: { step: keep }
                                  research:
                                    kind: http
                                    description: Researches.
                                    url: https://example.com/research
                                    operation: { mode: await }
                                    result: { step: keep }
                                  plain: { kind: builtin }
                                """);

        assertThat(result(catalog, "echo"))
                .contains(new ResultConfig("keep", object("{'folder':'a'}")));
        assertThat(result(catalog, "sum")).contains(new ResultConfig("keep", Json.object()));
        assertThat(result(catalog, "research")).contains(new ResultConfig("keep", Json.object()));
        assertThat(result(catalog, "plain")).isEmpty();
    }

    private static Optional<ResultConfig> result(Catalog catalog, String tool) {
        return Optional.ofNullable(catalog.tools().get(tool)).map(ToolConfig::result);
    }

    private static Optional<OperationConfig> operation(Catalog catalog, String tool) {
        return Optional.ofNullable(catalog.tools().get(tool)).map(ToolConfig::operation);
    }

    @Test
    void namesEveryFaultWithItsLine() throws IOException {
        String yaml = resource("faults.yaml");
        List<String> expected = new ArrayList<>();
        List<String> lines = yaml.lines().toList();
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).contains("#! ")) {
                for (String words : lines.get(i).split("#! ", 2)[1].split(" \\| ", -1)) {
                    expected.add("faults.yaml:" + (i + 1) + ": " + words);
                }
            }
        }

        ConfigurationException faults =
                catchThrowableOfType(
                        ConfigurationException.class,
                        () -> CatalogReader.read("faults.yaml", yaml, Map.of()));

        assertThat(
                        String.valueOf(faults.getMessage())
                                .replace("The configuration is wrong: ", "")
                                .split("; (?=faults)"))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void putsTheEnvironmentIntoValues() {
        Catalog catalog =
                read(
                        """
                        version: 1
                        assistants:
                          helper:
                            systemPrompt: "${NUMBER} ${TEXT} ${ABSENT:-fallback} ${EMPTY:-} $${TEXT}"
                            model: m-${NUMBER}
                            maxSteps: ${NUMBER}
                            maxOutputTokens: ${ABSENT:-4096}
                        """,
                        Map.of("NUMBER", "7", "TEXT", "a: ${NUMBER}\n- b", "EMPTY", " "));

        Assistant assistant = catalog.assistant("helper").orElseThrow();
        assertThat(assistant.systemPrompt()).isEqualTo("7 a: ${NUMBER}\n- b fallback  ${TEXT}");
        assertThat(assistant.model()).isEqualTo("m-7");
        assertThat(assistant.maxSteps()).isEqualTo(7);
        assertThat(assistant.maxOutputTokens()).isEqualTo(4096);
    }

    @ParameterizedTest
    @CsvSource({"true,1", "false,0"})
    void anEntryCanBeSwitchedOff(String on, int entries) {
        Catalog catalog =
                read(
                        """
                        version: 1
                        assistants:
                          helper:
                            systemPrompt: Hi.
                            model: m
                            tools: ["sum*", "far_away_*"]
                        tools:
                          sum:
                            enabled: ${ON}
                            kind: lambda
                            description: Adds.
                            function: ${SUM:-f}
                        mcpServers:
                          far:
                            enabled: ${ON}
                            url: ${FAR:-http://far/}
                            prefix: far_away_
                        """,
                        Map.of("ON", on));

        assertThat(catalog.tools()).hasSize(entries);
        assertThat(catalog.mcpServers()).hasSize(entries);
    }

    @Test
    void sectionsMayBeEmptyAndWordsStayWords() {
        Catalog catalog =
                read(
                        """
                        version: 1
                        policies:
                        tools:
                        mcpServers:
                        prices:
                        assistants:
                          no: { systemPrompt: yes, model: 2026-01-01 }
                        """);

        assertThat(catalog.assistant("no"))
                .hasValueSatisfying(
                        assistant -> {
                            assertThat(assistant.systemPrompt()).isEqualTo("yes");
                            assertThat(assistant.model()).isEqualTo("2026-01-01");
                        });
    }

    @Test
    void entriesMayBeSharedByAliases() {
        Catalog catalog =
                read(
                        """
                        version: 1
                        assistants:
                          default: &default { systemPrompt: Hi., model: m }
                          other: *default
                        """);

        assertThat(catalog.assistants()).containsOnlyKeys("default", "other");
    }

    @Test
    void refusesWhatIsNoHonestYaml() {
        assertFault("", "assistants.yaml:1: the file is empty: start with version: 1");
        assertFault("version: 1\na: [", "assistants.yaml:2: this is not YAML: ");
        assertFault("version: 1\n---\nversion: 1", "assistants.yaml:2: this is not YAML: ");
        assertFault("- a", "assistants.yaml:1: the file must be a map of keys and values");
        assertFault("version: !!binary eA==", "assistants.yaml:1: version has a YAML tag (!…)");
        assertFault("x: &a [*a]", "assistants.yaml:1: aliases (*name) make the file too large");
        assertFault(
                "#" + "x".repeat(1_000_000),
                "assistants.yaml:1: the file must not be larger than 1000000 bytes");
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < 25; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertFault(bomb.toString(), "aliases (*name) make the file too large");
    }

    /** A tool with the defaults. */
    private static ToolConfig tool(String name, String description, ToolKind kind) {
        return new ToolConfig(
                name,
                description,
                Risk.LOW,
                object("{'type':'object','properties':{},'additionalProperties':false}"),
                Duration.ofSeconds(60),
                kind);
    }

    private static ObjectNode object(String json) {
        return Json.readObject(json.replace('\'', '"')).orElseThrow();
    }

    private static void assertFault(String yaml, String words) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(words);
    }

    /** Whatever stands anywhere in a file, it is read or its faults are named. */
    @Test
    void noFileBreaksTheReader() throws IOException {
        Map<String, String> environment = Map.of("MODEL_ID", "m", "TICKETS_ENABLED", "true");
        String example = Files.readString(Path.of("..", "docs", "assistants.example.yaml"));
        JsonNode file =
                YamlFile.read(
                                example,
                                new Substitution(environment),
                                Set.of(),
                                new Faults("example"))
                        .orElseThrow()
                        .root();
        List<String> pointers = new ArrayList<>();
        collectPointers("", file, pointers);
        JsonNode others =
                Json.read("[null,true,-7,1.5,\"x\",\"\",[],{},[null],[{}],{\"x\":\"y\"}]");

        assertThat(pointers).hasSizeGreaterThan(100);
        for (String pointer : pointers) {
            for (JsonNode other : others) {
                String mutant = Json.write(replace(file.deepCopy(), pointer, other));
                try {
                    assertThat(read(mutant, environment)).isNotNull();
                } catch (ConfigurationException e) {
                    assertThat(e).hasMessageContaining("assistants.yaml:1: ");
                }
            }
        }
    }

    private static JsonNode replace(JsonNode file, String pointer, JsonNode value) {
        String key = pointer.substring(pointer.lastIndexOf('/') + 1);
        switch (file.at(pointer.substring(0, pointer.lastIndexOf('/')))) {
            case ArrayNode list -> list.set(Integer.parseInt(key), value);
            case ObjectNode object -> object.set(key.replace("~1", "/").replace("~0", "~"), value);
            default -> throw new IllegalArgumentException(pointer);
        }
        return file;
    }

    private static void collectPointers(String pointer, JsonNode node, List<String> pointers) {
        node.properties()
                .forEach(
                        entry -> {
                            String at = Faults.pointer(pointer, entry.getKey());
                            pointers.add(at);
                            collectPointers(at, entry.getValue(), pointers);
                        });
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            pointers.add(pointer + "/" + i);
            collectPointers(pointer + "/" + i, node.path(i), pointers);
        }
    }

    private static Catalog read(String yaml) {
        return read(yaml, Map.of());
    }

    private static Catalog read(String yaml, Map<String, String> environment) {
        return CatalogReader.read(yaml, environment);
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = CatalogReaderTest.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
