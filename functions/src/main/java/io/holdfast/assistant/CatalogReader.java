package io.holdfast.assistant;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the file of assistants and tools; {@code docs/assistants.md} describes it for operators.
 *
 * <p>Every fault is named at once with its line: what is not YAML, what the published schema {@code
 * assistants.schema.json} refuses, and what does not fit together.
 */
public final class CatalogReader {
    private static final Set<String> SWITCHABLE = Set.of("/tools", "/mcpServers", "/subjects");

    private CatalogReader() {}

    /**
     * Reads a file.
     *
     * @param yaml the file's content, a megabyte at most
     * @param environment for {@code ${NAME}} and {@code ${NAME:-default}}
     * @throws io.holdfast.platform.ConfigurationException if it has faults, naming all of them
     */
    public static Catalog read(String yaml, Map<String, String> environment) {
        return read("assistants.yaml", yaml, environment);
    }

    /**
     * Reads a file of a name.
     *
     * @param name stands before every fault
     */
    static Catalog read(String name, String yaml, Map<String, String> environment) {
        Faults faults = new Faults(name);
        Optional<YamlFile.Content> file =
                YamlFile.read(yaml, new Substitution(environment), SWITCHABLE, faults);
        if (file.isPresent()) {
            CatalogSchema.get().validate(file.get().root(), faults);
            new CatalogChecks(file.get(), faults).check();
        }
        faults.check();
        return CatalogBuilder.build(file.orElseThrow().root());
    }
}
