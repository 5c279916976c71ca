package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The fault run of {@code infra/bench/} against the system with each function in a JVM of its own:
 * one JUnit test for each kind of fault. Its short version, unless {@code mvn -Pbench} asks for the
 * long one.
 */
class FaultsIT {
    private static final Path BENCH = TestSystems.ROOT.resolve("infra/bench");
    private static final boolean IS_LONG = "long".equals(System.getProperty("faults.scale"));

    /** The run ends by itself before that, after 40 minutes or 5. */
    private static final Duration LIMIT = Duration.ofMinutes(IS_LONG ? 45 : 8);

    @TestFactory
    Stream<DynamicTest> faults() throws Exception {
        if (!NodeScript.canRun()) {
            return NodeScript.leftOut("THE FAULT RUN IS");
        }
        int exit;
        try (LocalSystem system = TestSystems.start(Map.of("HOLDFAST_ISOLATE", "true"))) {
            exit = NodeScript.run(BENCH.resolve("faults.sh"), variables(system), LIMIT);
        }

        Path report = BENCH.resolve("target/faults.json");
        assertThat(report).as("the results of faults.sh, which ended with %d", exit).exists();
        JsonNode results = new ObjectMapper().readTree(report.toFile());
        String seed = "FAULTS_SEED=" + results.path("seed").asText();
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode result : results.path("results")) {
            tests.add(test(result, seed));
        }
        assertThat(tests).as("kinds of faults").isNotEmpty();
        boolean explained =
                results.path("results")
                        .valueStream()
                        .anyMatch(one -> !one.path("problems").isEmpty());
        if (exit != 0 && !explained) {
            tests.add(dynamicTest("faults.sh", () -> fail("ended with %d, see above", exit)));
        }
        return tests.stream();
    }

    private static Map<String, String> variables(LocalSystem system) {
        Map<String, String> variables = new HashMap<>();
        variables.put("HOLDFAST_URL", system.url().toString());
        variables.put("FAULTS_JAVA", Runtime.version().toString());
        if (IS_LONG) {
            variables.put("FAULTS_SCALE", "long");
            variables.put("FAULTS_COMMAND", "mvn -Pbench");
            variables.put("FAULTS_REPORT", TestSystems.ROOT.resolve("docs/faults.md").toString());
        }
        return variables;
    }

    private static DynamicTest test(JsonNode result, String seed) {
        List<String> problems =
                result.path("problems").valueStream().map(JsonNode::asText).toList();
        return dynamicTest(
                result.path("name").asText(), () -> assertThat(problems).as(seed).isEmpty());
    }
}
