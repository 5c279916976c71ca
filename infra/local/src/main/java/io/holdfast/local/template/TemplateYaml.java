package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

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
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads YAML (JSON is YAML as well) and turns the short forms of intrinsic functions into the long
 * ones: {@code !GetAtt A.B} becomes {@code {"Fn::GetAtt": ["A", "B"]}}.
 *
 * <p>The forms are those of the CloudFormation user guide, "Intrinsic function reference".
 */
final class TemplateYaml {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]*)");
    private static final Pattern DECIMAL =
            Pattern.compile("[-+]?[0-9]+\\.[0-9]*([eE][-+]?[0-9]+)?");
    private static final Set<String> TRUE = Set.of("true", "yes", "on");

    /** Without the prefix {@code Fn::} in the long form. */
    private static final Set<String> BARE = Set.of("Ref", "Condition");

    private static final Set<String> FUNCTIONS =
            Set.of(
                    "And",
                    "Base64",
                    "Cidr",
                    "Equals",
                    "FindInMap",
                    "GetAZs",
                    "GetAtt",
                    "If",
                    "ImportValue",
                    "Join",
                    "Length",
                    "Not",
                    "Or",
                    "Select",
                    "Split",
                    "Sub",
                    "ToJsonString",
                    "Transform");

    private final String name;
    private final Map<String, Integer> lines = new HashMap<>();

    private TemplateYaml(String name) {
        this.name = name;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException if the text is not YAML, or not a map
     */
    static Document read(String name, String text) {
        TemplateYaml reader = new TemplateYaml(name);
        if (!(reader.json(reader.compose(text), "") instanceof ObjectNode root)) {
            throw new TemplateException(name + ": a template is a map of sections");
        }
        return new Document(name, root, Map.copyOf(reader.lines));
    }

    private Node compose(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try {
            Node node = new Yaml(options).compose(new StringReader(text));
            if (node == null) {
                throw new TemplateException(name + ": is empty");
            }
            return node;
        } catch (MarkedYAMLException e) {
            throw new TemplateException(
                    name
                            + ":"
                            + (e.getProblemMark().getLine() + 1)
                            + ": is not YAML: "
                            + e.getProblem().replace('\n', ' '),
                    e);
        } catch (YAMLException e) {
            throw new TemplateException(name + ": is not YAML: " + e.getMessage(), e);
        }
    }

    private JsonNode json(Node node, String path) {
        lines.putIfAbsent(path, line(node));
        String tag = node.getTag().getValue();
        if (!tag.startsWith("!")) {
            return plain(node, path);
        }
        String function = tag.substring(1);
        if (BARE.contains(function)) {
            return JSON.objectNode().set(function, plain(node, path));
        }
        if (!FUNCTIONS.contains(function)) {
            throw fault(node, path, "!" + function + " is not an intrinsic function");
        }
        JsonNode argument = plain(node, path);
        if (function.equals("GetAtt") && argument.isTextual()) {
            argument = attribute(argument.textValue());
        }
        return JSON.objectNode().set("Fn::" + function, argument);
    }

    /** The name up to the first dot is the resource; attributes may have dots of their own. */
    private static JsonNode attribute(String text) {
        String[] parts = text.split("\\.", 2);
        ArrayNode list = JSON.arrayNode().add(parts[0]);
        return parts.length == 2 ? list.add(parts[1]) : list;
    }

    private JsonNode plain(Node node, String path) {
        return switch (node) {
            case MappingNode map -> map(map, path);
            case SequenceNode list -> list(list, path);
            case ScalarNode scalar -> scalar(scalar, path);
            default -> throw fault(node, path, "is not a map, a list or a value");
        };
    }

    private ObjectNode map(MappingNode node, String path) {
        ObjectNode object = JSON.objectNode();
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                throw fault(tuple.getKeyNode(), path, "a key must be a text");
            }
            String key = keyNode.getValue();
            String at = path.isEmpty() ? key : path + "." + key;
            if (object.has(key)) {
                throw fault(keyNode, at, "stands here twice");
            }
            lines.putIfAbsent(at, line(keyNode));
            object.set(key, json(tuple.getValueNode(), at));
        }
        return object;
    }

    private ArrayNode list(SequenceNode node, String path) {
        ArrayNode array = JSON.arrayNode();
        for (Node item : node.getValue()) {
            array.add(json(item, path + "." + array.size()));
        }
        return array;
    }

    private JsonNode scalar(ScalarNode node, String path) {
        String text = node.getValue();
        boolean quoted = !node.isPlain();
        Tag tag = node.getTag();
        if (quoted || tag.getValue().startsWith("!")) {
            return JSON.textNode(text);
        }
        if (tag.equals(Tag.NULL)) {
            throw fault(node, path, "has no value");
        }
        if (tag.equals(Tag.BOOL)) {
            return JSON.booleanNode(TRUE.contains(text.toLowerCase(Locale.ROOT)));
        }
        // An account id keeps its zeros, and a date stays a text.
        if (tag.equals(Tag.INT) && INTEGER.matcher(text).matches()) {
            return JSON.numberNode(new BigInteger(text));
        }
        if (tag.equals(Tag.FLOAT) && DECIMAL.matcher(text).matches()) {
            return JSON.numberNode(new BigDecimal(text));
        }
        return JSON.textNode(text);
    }

    private TemplateException fault(Node node, String path, String sentence) {
        Map<String, Integer> here = Map.of(path, line(node));
        return new Document(name, JSON.objectNode(), here).fault(path, sentence);
    }

    private static int line(Node node) {
        return node.getStartMark().getLine() + 1;
    }
}
