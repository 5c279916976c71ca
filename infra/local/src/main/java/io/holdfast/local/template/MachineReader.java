package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code AWS::Serverless::StateMachine} and {@code AWS::StepFunctions::StateMachine}; whether
 * the definition is sound is for the engine to say.
 */
final class MachineReader {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z0-9_]+)}");

    private final Path directory;

    /**
     * @param directory what {@code DefinitionUri} is relative to
     */
    MachineReader(Path directory) {
        this.directory = directory;
    }

    Resource.StateMachine read(Element element, String name) {
        Properties p = element.properties();
        p.inert(
                "AutoPublishAlias",
                "DefinitionS3Location",
                "EncryptionConfiguration",
                "Events",
                "Logging",
                "LoggingConfiguration",
                "Name",
                "PermissionsBoundary",
                "Policies",
                "Role",
                "RoleArn",
                "StateMachineName",
                "Tags",
                "Tracing",
                "TracingConfiguration");
        for (String key : new String[] {"Type", "StateMachineType"}) {
            if (p.text(key).orElse("STANDARD").equals("EXPRESS")) {
                throw p.fault(key, "only STANDARD state machines run here");
            }
        }
        Map<String, String> substitutions = new HashMap<>();
        Properties given = p.object("DefinitionSubstitutions");
        given.keys().forEach(key -> given.text(key).ifPresent(v -> substitutions.put(key, v)));
        return new Resource.StateMachine(
                element.logicalId(), name, substitute(p, definition(p), substitutions));
    }

    private String definition(Properties p) {
        Optional<JsonNode> inline = p.value("Definition");
        if (inline.isPresent()) {
            return inline.get().toString();
        }
        Optional<String> text = p.text("DefinitionString");
        return text.orElseGet(() -> read(p, p.requiredText("DefinitionUri")));
    }

    private String read(Properties p, String uri) {
        try {
            String text = Files.readString(directory.resolve(uri));
            return uri.endsWith(".yaml") || uri.endsWith(".yml")
                    ? TemplateYaml.read(uri, text).root().toString()
                    : text;
        } catch (IOException e) {
            throw p.fault("DefinitionUri", uri + " cannot be read");
        }
    }

    /** A variable without a value is a mistake: the deployed definition would hold it as it is. */
    private static String substitute(Properties p, String text, Map<String, String> values) {
        return VARIABLE.matcher(text)
                .replaceAll(
                        found -> {
                            String value = values.get(found.group(1));
                            if (value == null) {
                                throw p.fault(
                                        "DefinitionSubstitutions",
                                        "has no value for ${"
                                                + found.group(1)
                                                + "} of the definition");
                            }
                            return Matcher.quoteReplacement(value);
                        });
    }
}
