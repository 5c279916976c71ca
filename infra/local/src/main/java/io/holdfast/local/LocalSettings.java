package io.holdfast.local;

import io.holdfast.local.bedrock.ModelChoice;
import io.holdfast.local.gateway.GatewayLimits;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How to run the system.
 *
 * @param port the gateway's port; 0 picks a free one
 * @param dataDir where data lives across starts; in memory only if absent
 * @param model which model answers
 * @param modelKey the OpenAI-compatible server's key, if it wants one; a secret
 * @param root the repository: {@code web/dist/page} is the page that is served
 * @param template the template to run
 * @param parameters values for the template's parameters, instead of the local ones
 * @param aws the caller's own AWS variables, for the real Bedrock
 * @param isolate whether each function runs in a JVM of its own
 * @param gateway the gateway's limits
 */
public record LocalSettings(
        int port,
        @Nullable Path dataDir,
        ModelChoice model,
        @Nullable String modelKey,
        Path root,
        Path template,
        Map<String, String> parameters,
        Map<String, String> aws,
        boolean isolate,
        GatewayLimits gateway) {
    /** The port if {@code HOLDFAST_PORT} says none. */
    public static final int DEFAULT_PORT = 8080;

    private static final String PARAMETER = "HOLDFAST_PARAM_";

    /** Copies the maps. */
    public LocalSettings {
        parameters = Map.copyOf(parameters);
        aws = Map.copyOf(aws);
    }

    /**
     * Reads {@code HOLDFAST_PORT}, {@code HOLDFAST_DATA_DIR}, {@code HOLDFAST_MODEL}, {@code
     * HOLDFAST_TEMPLATE}, {@code HOLDFAST_ISOLATE}, {@code HOLDFAST_GATEWAY_…}, {@code
     * HOLDFAST_PARAM_<Name>} and {@code OPENAI_API_KEY}.
     *
     * @param root the repository
     * @throws StartException naming every fault, one a line
     */
    public static LocalSettings fromEnvironment(Map<String, String> environment, Path root) {
        List<String> faults = new ArrayList<>();
        int port = port(environment.getOrDefault("HOLDFAST_PORT", ""), faults);
        ModelChoice model = new ModelChoice.Script();
        try {
            model = ModelChoice.parse(environment.get("HOLDFAST_MODEL"));
        } catch (IllegalArgumentException e) {
            faults.add(String.valueOf(e.getMessage()));
        }
        Path dataDir = path("HOLDFAST_DATA_DIR", environment, faults);
        if (dataDir != null && Files.exists(dataDir) && !Files.isDirectory(dataDir)) {
            faults.add("HOLDFAST_DATA_DIR must be a directory, and " + dataDir + " is a file.");
        }
        Path template = path("HOLDFAST_TEMPLATE", environment, faults);
        if (template == null) {
            template = root.resolve("template.yaml");
        }
        if (!Files.isRegularFile(template)) {
            faults.add("There is no template at " + template + " (see HOLDFAST_TEMPLATE).");
        }
        GatewayLimits gateway = GatewayVariables.read(environment, faults);
        boolean isolate = flag("HOLDFAST_ISOLATE", environment, faults);
        if (!faults.isEmpty()) {
            throw new StartException(String.join("\n", faults));
        }
        Map<String, String> parameters = new HashMap<>();
        Map<String, String> aws = new HashMap<>();
        environment.forEach(
                (name, value) -> {
                    if (name.startsWith(PARAMETER)) {
                        parameters.put(name.substring(PARAMETER.length()), value);
                    } else if (name.startsWith("AWS_")) {
                        aws.put(name, value);
                    }
                });
        return new LocalSettings(
                port,
                dataDir,
                model,
                environment.get("OPENAI_API_KEY"),
                root,
                template,
                parameters,
                aws,
                isolate,
                gateway);
    }

    private static int port(String text, List<String> faults) {
        if (text.isBlank()) {
            return DEFAULT_PORT;
        }
        try {
            int port = Integer.parseInt(text.strip());
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // The same fault as a number out of range.
        }
        faults.add("HOLDFAST_PORT must be a port from 0 to 65535, not '" + text + "'.");
        return DEFAULT_PORT;
    }

    private static boolean flag(String name, Map<String, String> environment, List<String> faults) {
        String text = environment.getOrDefault(name, "").strip();
        if (!text.isEmpty() && !text.equals("true") && !text.equals("false")) {
            faults.add(name + " must be true or false, not '" + text + "'.");
        }
        return text.equals("true");
    }

    private static @Nullable Path path(
            String name, Map<String, String> environment, List<String> faults) {
        String text = environment.getOrDefault(name, "");
        if (text.isBlank()) {
            return null;
        }
        try {
            return Path.of(text).toAbsolutePath();
        } catch (InvalidPathException e) {
            faults.add(name + " is not a path: '" + text + "'.");
            return null;
        }
    }
}
