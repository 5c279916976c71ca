package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads YAML as JSON, with the line of every value and with values of the environment in it.
 *
 * <p>Plain values are read by the core schema of YAML 1.2 (section 10.3): {@code true}, {@code
 * false}, {@code null}, decimal numbers, and all else is text, so that {@code no} and {@code on}
 * are words. What comes from the environment is read by the same rule; in quotes it stays text.
 */
final class YamlFile {
    /** A file of a megabyte is a mistake, and must not cost a cold start. */
    private static final int MAX_BYTES = 1_000_000;

    /** Aliases can make a small file large; no honest one comes near. */
    private static final int MAX_VALUES = 100_000;

    private static final int MAX_DEPTH = 100;

    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]{1,100}");
    private static final Pattern DECIMAL =
            Pattern.compile(
                    "[-+]?(\\.[0-9]{1,100}|[0-9]{1,100}(\\.[0-9]{0,100})?)([eE][-+]?[0-9]{1,3})?");

    /** What the parser calls values of the kinds that JSON knows; it takes dates for their own. */
    private static final Set<Tag> KNOWN =
            Set.of(
                    Tag.STR,
                    Tag.INT,
                    Tag.FLOAT,
                    Tag.BOOL,
                    Tag.NULL,
                    Tag.TIMESTAMP,
                    Tag.MERGE,
                    Tag.MAP,
                    Tag.SEQ);

    private static final String ENABLED = "enabled";

    private final Faults faults;
    private final Substitution substitution;
    private final Set<String> switchable;
    private final ObjectNode disabled = Json.object();
    private int values;

    /**
     * A file's content.
     *
     * @param root with values of the environment
     * @param disabled what was left out, as it is written, under the names of its sections
     */
    record Content(JsonNode root, ObjectNode disabled) {}

    private YamlFile(Faults faults, Substitution substitution, Set<String> switchable) {
        this.faults = faults;
        this.substitution = substitution;
        this.switchable = switchable;
    }

    /**
     * Reads a file; empty if it is not YAML at all.
     *
     * @param faults gets the faults and the lines of all values
     * @param switchable top-level sections whose entries can be left out by {@code enabled: false}
     */
    static Optional<Content> read(
            String text, Substitution substitution, Set<String> switchable, Faults faults) {
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            faults.addLine(1, "the file must not be larger than " + MAX_BYTES + " bytes");
            return Optional.empty();
        }
        Optional<Node> node = compose(text, faults);
        return node.flatMap(root -> new YamlFile(faults, substitution, switchable).content(root));
    }

    private static Optional<Node> compose(String text, Faults faults) {
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(MAX_DEPTH);
        try {
            @Nullable Node node = new Yaml(options).compose(new StringReader(text));
            if (node == null) {
                faults.addLine(1, "the file is empty: start with version: 1");
            }
            return Optional.ofNullable(node);
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            faults.addLine(line, "this is not YAML: " + e.getProblem());
        } catch (YAMLException e) {
            faults.addLine(1, "this is not YAML: " + e.getMessage());
        }
        return Optional.empty();
    }

    private Optional<Content> content(Node root) {
        try {
            return Optional.of(new Content(value(root, "", true, 0), disabled));
        } catch (TooLargeException e) {
            faults.addLine(e.line, "aliases (*name) make the file too large: write less of them");
            return Optional.empty();
        }
    }

    private JsonNode value(Node node, String pointer, boolean substituted, int depth) {
        int line = node.getStartMark().getLine() + 1;
        if (++values > MAX_VALUES || depth > MAX_DEPTH) {
            throw new TooLargeException(line);
        }
        if (!KNOWN.contains(node.getTag())) {
            faults.addUnreadable(pointer, "has a YAML tag (!…), which is not supported");
        }
        return switch (node) {
            case MappingNode mapping -> object(mapping, pointer, substituted, depth);
            case SequenceNode sequence -> list(sequence, pointer, substituted, depth);
            case ScalarNode scalar -> scalar(scalar, pointer, substituted);
            default -> throw new IllegalStateException("composed YAML has no other nodes");
        };
    }

    private ObjectNode object(MappingNode mapping, String pointer, boolean substituted, int depth) {
        ObjectNode object = Json.object();
        Map<String, Integer> seen = new HashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            int line = entry.getKeyNode().getStartMark().getLine() + 1;
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                faults.addLine(line, "a key must be a text");
                continue;
            }
            String name = key.getValue();
            String at = Faults.pointer(pointer, name);
            @Nullable Integer first = seen.putIfAbsent(name, line);
            if (first != null) {
                faults.addLine(
                        line, "the key " + name + " is already on line " + first + ": remove one");
                continue;
            }
            faults.locate(at, line);
            if (substituted && switchable.contains(pointer) && isOff(entry.getValueNode())) {
                disabled.withObjectProperty(pointer.substring(1))
                        .set(name, value(entry.getValueNode(), at, false, depth + 1));
            } else {
                object.set(name, value(entry.getValueNode(), at, substituted, depth + 1));
            }
        }
        return object;
    }

    private boolean isOff(Node node) {
        return node instanceof MappingNode mapping
                && mapping.getValue().stream()
                        .anyMatch(
                                entry ->
                                        entry.getKeyNode() instanceof ScalarNode key
                                                && key.getValue().equals(ENABLED)
                                                && entry.getValueNode() instanceof ScalarNode value
                                                && isFalse(value));
    }

    /** Faults are found when the entry itself is read. */
    private boolean isFalse(ScalarNode node) {
        return plain(node, substitution.apply(node.getValue(), new ArrayList<>()))
                .equals(BooleanNode.FALSE);
    }

    private ArrayNode list(SequenceNode sequence, String pointer, boolean substituted, int depth) {
        ArrayNode list = Json.MAPPER.createArrayNode();
        for (Node item : sequence.getValue()) {
            String at = pointer + "/" + list.size();
            faults.locate(at, item.getStartMark().getLine() + 1);
            list.add(value(item, at, substituted, depth + 1));
        }
        return list;
    }

    private JsonNode scalar(ScalarNode scalar, String pointer, boolean substituted) {
        if (!substituted) {
            return plain(scalar, scalar.getValue());
        }
        List<String> missing = new ArrayList<>();
        String text = substitution.apply(scalar.getValue(), missing);
        missing.stream().distinct().forEach(fault -> faults.addUnreadable(pointer, fault));
        return plain(scalar, text);
    }

    private static JsonNode plain(ScalarNode scalar, String text) {
        JsonNodeFactory json = Json.MAPPER.getNodeFactory();
        boolean written = text.equals(scalar.getValue());
        if (!scalar.isPlain() || (written && scalar.getTag().equals(Tag.STR))) {
            return json.textNode(text);
        }
        return switch (text) {
            case "true", "True", "TRUE" -> json.booleanNode(true);
            case "false", "False", "FALSE" -> json.booleanNode(false);
            case "", "~", "null", "Null", "NULL" -> json.nullNode();
            default -> {
                if (INTEGER.matcher(text).matches()) {
                    BigInteger number = new BigInteger(text);
                    yield number.bitLength() < Integer.SIZE
                            ? json.numberNode(number.intValueExact())
                            : json.numberNode(number);
                }
                yield DECIMAL.matcher(text).matches()
                        ? json.numberNode(new BigDecimal(text))
                        : json.textNode(text);
            }
        };
    }

    private static final class TooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int line;

        private TooLargeException(int line) {
            this.line = line;
        }
    }
}
