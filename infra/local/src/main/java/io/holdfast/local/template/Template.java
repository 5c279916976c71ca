package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A SAM or CloudFormation template with values for its parameters.
 *
 * <p>Everything that names something is checked when it is parsed; what it is worth depends on
 * where the parts run, and is worked out by {@link #model}.
 */
public final class Template {
    private final Document document;
    private final Path directory;
    private final Map<String, JsonNode> parameters;

    private Template(Document document, Path directory, Map<String, JsonNode> parameters) {
        this.document = document;
        this.directory = directory;
        this.parameters = parameters;
    }

    /**
     * Parses a template's file.
     *
     * @param parameters values for its parameters, all of them declared; those left out take their
     *     defaults
     * @param suggested values for those of its parameters that have no value in {@code parameters};
     *     names that it does not declare are ignored
     * @throws TemplateException if it cannot be run, with one line for each fault
     */
    public static Template parse(
            Path file, Map<String, String> parameters, Map<String, String> suggested) {
        Path name = file.getFileName();
        try {
            return parse(
                    name == null ? "template" : name.toString(),
                    Files.readString(file),
                    file.toAbsolutePath().resolveSibling(""),
                    parameters,
                    suggested);
        } catch (IOException e) {
            throw new TemplateException(file + ": cannot be read", e);
        }
    }

    /**
     * Parses a template's text.
     *
     * @param name what messages call it
     * @param directory what its files are relative to
     * @see #parse(Path, Map, Map)
     */
    public static Template parse(
            String name,
            String text,
            Path directory,
            Map<String, String> parameters,
            Map<String, String> suggested) {
        Document document = TemplateYaml.read(name, text);
        if (!document.root().path("Resources").isObject()) {
            throw new TemplateException(name + ": needs Resources");
        }
        Globals.merge(document);
        Map<String, String> given = new HashMap<>(suggested);
        given.keySet().removeIf(key -> !document.root().path("Parameters").has(key));
        given.putAll(parameters);
        Map<String, JsonNode> values = Parameters.resolve(document, given);
        new References(document, values, new ResourceNames(document, Addresses.unknown())).check();
        return new Template(document, directory, values);
    }

    /**
     * Works out every value.
     *
     * @throws TemplateException if something that runs cannot be understood
     */
    public Model model(Addresses addresses) {
        ResourceNames names = new ResourceNames(document, addresses);
        Expressions expressions = new Expressions(document, parameters, names);
        return new ModelReader(document, directory, names, expressions).read();
    }
}
