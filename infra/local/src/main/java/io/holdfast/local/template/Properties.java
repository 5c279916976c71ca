package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The properties of a resource, or of something within it. Remembers which were asked for, so that
 * {@link #done} can name those that nobody understood.
 */
final class Properties {
    private final Document document;
    private final Expressions expressions;
    private final ObjectNode raw;
    private final String path;
    private final Consumer<String> warnings;
    private final Set<String> understood = new HashSet<>();

    Properties(
            Document document,
            Expressions expressions,
            JsonNode raw,
            String path,
            Consumer<String> warnings) {
        this.document = document;
        this.expressions = expressions;
        this.path = path;
        this.warnings = warnings;
        this.raw =
                switch (raw) {
                    case ObjectNode object -> object;
                    case JsonNode missing when missing.isMissingNode() ->
                            JsonNodeFactory.instance.objectNode();
                    default -> throw document.fault(path, "must be a map");
                };
    }

    /** A fault of one of these properties, or of all of them if the key is empty. */
    TemplateException fault(String key, String sentence) {
        return document.fault(at(key), sentence);
    }

    /** A property's value without intrinsic functions, if it is there. */
    Optional<JsonNode> value(String key) {
        understood.add(key);
        return raw.has(key)
                ? Optional.of(expressions.evaluate(raw.path(key), at(key)))
                        .filter(value -> !value.isMissingNode())
                : Optional.empty();
    }

    /** A text; a number or a boolean is one as well, as CloudFormation has it. */
    Optional<String> text(String key) {
        return value(key)
                .map(
                        value -> {
                            if (!value.isValueNode()) {
                                throw fault(key, "must be a text");
                            }
                            return value.asText();
                        });
    }

    String requiredText(String key) {
        return text(key)
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> fault("", "needs " + key));
    }

    int number(String key, int byDefault, int min, int max) {
        return text(key)
                .map(
                        text -> {
                            int number;
                            try {
                                number = Integer.parseInt(text);
                            } catch (NumberFormatException e) {
                                throw fault(key, "is '" + text + "' but must be a whole number");
                            }
                            if (number < min || number > max) {
                                throw fault(
                                        key, "is " + number + " but must be " + min + " to " + max);
                            }
                            return number;
                        })
                .orElse(byDefault);
    }

    boolean flag(String key, boolean byDefault) {
        return text(key)
                .map(
                        text ->
                                switch (text) {
                                    case "true" -> true;
                                    case "false" -> false;
                                    default -> throw fault(key, "must be true or false");
                                })
                .orElse(byDefault);
    }

    List<String> texts(String key) {
        return value(key)
                .map(
                        value -> {
                            if (!value.isArray()) {
                                throw fault(key, "must be a list");
                            }
                            return value.valueStream().map(JsonNode::asText).toList();
                        })
                .orElse(List.of());
    }

    /** A map within; empty if it is not there. Its reader calls {@link #done} on it. */
    Properties object(String key) {
        return inner(value(key).orElse(JsonNodeFactory.instance.objectNode()), at(key));
    }

    /** The maps of a list. */
    List<Properties> objects(String key) {
        JsonNode list = value(key).orElse(JsonNodeFactory.instance.arrayNode());
        if (!list.isArray()) {
            throw fault(key, "must be a list");
        }
        List<Properties> result = new ArrayList<>();
        for (JsonNode item : list) {
            result.add(inner(item, at(key) + "." + result.size()));
        }
        return result;
    }

    /** The maps of a map, in order; not evaluated before their own properties are read. */
    Map<String, Properties> children(String key) {
        understood.add(key);
        Map<String, Properties> result = new LinkedHashMap<>();
        raw.path(key)
                .properties()
                .forEach(
                        e ->
                                result.put(
                                        e.getKey(),
                                        inner(e.getValue(), at(key) + "." + e.getKey())));
        return result;
    }

    /** The one map within, not evaluated before its own properties are read. */
    Properties child(String key) {
        understood.add(key);
        return inner(raw.path(key), at(key));
    }

    /** Every key, understood or not. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        raw.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    boolean has(String key) {
        return raw.has(key);
    }

    /** These have a meaning on AWS and need nothing here. */
    void inert(String... keys) {
        understood.addAll(Set.of(keys));
    }

    /** Warns of each property that nobody asked for. */
    void done() {
        raw.fieldNames()
                .forEachRemaining(
                        key -> {
                            if (!understood.contains(key)) {
                                warn(key, "is not understood here and has no effect");
                            }
                        });
    }

    void warn(String key, String sentence) {
        warnings.accept(document.warning(at(key), sentence));
    }

    private Properties inner(JsonNode node, String innerPath) {
        return new Properties(document, expressions, node, innerPath, warnings);
    }

    private String at(String key) {
        return key.isEmpty() ? path : path + "." + key;
    }
}
