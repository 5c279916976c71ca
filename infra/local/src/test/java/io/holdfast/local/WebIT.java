package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

/**
 * The tests of {@code web/}, which talk to the running system through the real AI SDK client: one
 * JUnit test for each of theirs.
 */
class WebIT {
    /** Installing takes a minute on a slow line, the tests one or two. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private static final Path WEB =
            Path.of(System.getProperty("basedir", "."), "..", "..", "web").normalize();

    @TestFactory
    Stream<DynamicTest> web() throws Exception {
        if (!NodeScript.canRun()) {
            return NodeScript.leftOut("THE WEB TESTS ARE");
        }
        // The page first, so that the system finds it to serve.
        assertThat(run("build.sh", Map.of())).as("exit code of web/build.sh").isZero();
        return tests(Map.of(), Map.of());
    }

    /**
     * Against a gateway that closes after seconds what the real one closes after minutes and hours.
     */
    @TestFactory
    Stream<DynamicTest> limits() throws Exception {
        if (!NodeScript.canRun()) {
            return NodeScript.leftOut("THE TESTS OF THE GATEWAY'S LIMITS ARE");
        }
        return tests(
                Map.of(
                        "HOLDFAST_GATEWAY_IDLE_SECONDS", "1.5",
                        "HOLDFAST_GATEWAY_CONNECTION_SECONDS", "4"),
                Map.of("TESTS", "test/limits/*.test.ts"));
    }

    /** Starts a system and runs tests of web/ against it; one test for each of theirs. */
    private static Stream<DynamicTest> tests(
            Map<String, String> settings, Map<String, String> variables) throws Exception {
        int exit;
        try (LocalSystem system = TestSystems.start(settings)) {
            Map<String, String> all = new HashMap<>(variables);
            all.put("HOLDFAST_URL", system.url().toString());
            exit = run("test.sh", all);
        }

        Path report = WEB.resolve("target/junit.xml");
        assertThat(report).as("the report of web/test.sh, which ended with %d", exit).exists();
        List<Element> cases = testCases(report);
        assertThat(cases).as("web tests").isNotEmpty();
        List<DynamicTest> tests = new ArrayList<>(cases.stream().map(WebIT::test).toList());
        if (exit != 0 && cases.stream().noneMatch(test -> child(test, "failure").isPresent())) {
            tests.add(dynamicTest("web/test.sh", () -> fail("ended with %d, see above", exit)));
        }
        return tests.stream();
    }

    /** What the web test's verdict is, said again in JUnit's words. */
    private static DynamicTest test(Element testCase) {
        String name =
                testCase.getParentNode() instanceof Element suite && suite.hasAttribute("name")
                        ? suite.getAttribute("name") + ": " + testCase.getAttribute("name")
                        : testCase.getAttribute("name");
        return dynamicTest(
                name,
                () -> {
                    child(testCase, "failure")
                            .ifPresent(
                                    failure ->
                                            fail(name + "\n" + failure.getTextContent().strip()));
                    child(testCase, "skipped")
                            .ifPresent(skipped -> abort(skipped.getAttribute("message")));
                });
    }

    /** The cases that are tests themselves; a suite's own entry holds others. */
    private static List<Element> testCases(Path report)
            throws IOException, ParserConfigurationException, SAXException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        NodeList cases =
                factory.newDocumentBuilder()
                        .parse(report.toFile())
                        .getElementsByTagName("testcase");
        return IntStream.range(0, cases.getLength())
                .mapToObj(i -> (Element) cases.item(i))
                .toList();
    }

    private static Optional<Element> child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                return Optional.of(element);
            }
        }
        return Optional.empty();
    }

    private static int run(String script, Map<String, String> variables) throws Exception {
        return NodeScript.run(WEB.resolve(script), variables, LIMIT);
    }
}
