package io.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

class RedactingJsonTest {
    private static final String MARK = "hunter2";
    private static final String[] OPEN_KEYS = {
        "a", "city", "nextPageToken", "", "\"", "\\", "\uD83D\uDC4B", "tokens", "x y", "\u0001"
    };
    private static final String[] SECRET_KEYS = {
        "password", "Api-Key", "token", "pin", "\"token\"", "pass\uD83D\uDC4Bword", "to\u0001ken"
    };

    @Test
    void whatComesOutIsTheRedactedTree() throws JsonProcessingException {
        for (long seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            JsonNode tree = tree(random, 4, false);
            String text = write(tree, random);
            String shown = cut(text, random);
            assertThat(Json.read(shown)).as("seed %d", seed).isEqualTo(Redaction.of(tree));
            assertThat(shown).as("seed %d", seed).doesNotContain(MARK);
        }
    }

    @Test
    void whatIsNotSecretIsPassedOnAtOnceAsItIsWritten() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            String text = write(tree(random, 4, true), random);
            RedactingJson json = new RedactingJson();
            int shown = 0;
            for (int at = 0; at < text.length(); at++) {
                shown += json.take(text.substring(at, at + 1)).length();
                int held = Character.isHighSurrogate(text.charAt(at)) ? 1 : 0;
                assertThat(shown).as("seed %d", seed).isEqualTo(at + 1 - held);
            }
            assertThat(json.end()).isEmpty();
            assertThat(cut(text, random)).isEqualTo(text);
        }
    }

    @Test
    void textThatIsBrokenAnywhereNeverShowsASecret() {
        String[] noise = {"\"", "\\", "{", "}", "[", "]", ":", ",", " ", "x", "'", "\n", "//", "0"};
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            ObjectNode tree = Json.object();
            tree.set("a", tree(random, 2, true));
            tree.set("password", secret(random, 2));
            tree.put("z", "b");
            String text = write(tree, random);
            int at = random.nextInt(text.length());
            String broken =
                    switch (random.nextInt(3)) {
                        case 0 -> text.substring(0, at);
                        case 1 -> without(text, at);
                        default ->
                                text.substring(0, at)
                                        + noise[random.nextInt(noise.length)]
                                        + text.substring(at);
                    };
            if (stillSecret(broken)) {
                assertThat(cut(broken, random)).as("seed %d", seed).doesNotContain(MARK);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"password\": \"hunter2",
                "{\"password\": hunter2",
                "{\"password\": 'hunter2'}",
                "{\"password\":: \"hunter2\"}",
                "{\"password\" \"hunter2\"}",
                "{\"password\", \"hunter2\"}",
                "{\"password\" = \"hunter2\"}",
                "{\"password\": \"a\" \"hunter2\"}",
                "{\"password\": a hunter2}",
                "{\"password\": [1, \"hunter2\"",
                "{\"password\": [}, \"hunter2\"]}",
                "{\"password\": {\"a\": 1]} , \"hunter2\"",
                "{\"password\": {]}\"hunter2\"",
                "{\"password\":, \"hunter2\"}",
                "{\"password\":}hunter2",
                "{\"password\": /* no */ \"hunter2\"}",
                "{password: \"hunter2\"}",
                "{'password': \"hunter2\"}",
                "{\"a\":\"password\":\"hunter2\"}",
                "[\"password\":\"hunter2\"]",
                "\"password\":\"hunter2\"",
                "password: hunter2",
                "{\"pass\\u0077ord\":\"hunter2\"}",
                "{\"pass\\word\":\"hunter2\"}",
                "{\"pass\\u00\":\"hunter2\"}",
                "{\"pass\nword\":\"hunter2\"}",
                "{}{\"a\":\"hunter2\"}",
                "{\"password\":\"x\\\"hunter2\"}",
                "{\"password\":\"x\\",
                "{\"password\":{\"password\":{\"a\":[\"hunter2\"]},\"b\":\"hunter2\"}}",
                "{\"password\":1,\"password\":\"hunter2\"}"
            })
    void noSecretIsShown(String text) {
        assertThat(cut(text, new Random(1))).doesNotContain(MARK);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    {"a":1,"pin":1234 ,"b":2}              | {"a":1,"pin":"[redacted]" ,"b":2}
                    {"token":null}                         | {"token":"[redacted]"}
                    {"token" : [{"x":"]"}, 1] , "b" : 2}   | {"token" : "[redacted]" , "b" : 2}
                    [{"token":{}},{"pageToken":"kept"}]    | [{"token":"[redacted]"},{"pageToken":"kept"}]
                    {"a":"x","token":"hal                  | {"a":"x","token":"[redacted]"
                    {"a":"x","token":                      | {"a":"x","token":
                    {"a":"x","tok                          | {"a":"x","tok
                    {"a":"x\\u00                           | {"a":"x\\u00
                    {"a":1,}x                              | {"a":1,
                    {"a":1}x                               | {"a":1}
                    "token"                                | "token"
                    not JSON                               | not
                    -1.5e+3                                | -1.5e+3
                    """)
    void itIsShownAsFarAsItIsJson(String text, String shown) {
        assertThat(cut(text, new Random(2)).strip()).isEqualTo(shown);
    }

    @Test
    void aSecretIsReplacedAsSoonAsItBegins() {
        RedactingJson json = new RedactingJson();
        assertThat(json.take("{\"pass")).isEqualTo("{\"pass");
        assertThat(json.take("word\":")).isEqualTo("word\":");
        assertThat(json.take(" ")).isEqualTo(" ");
        assertThat(json.take("\"")).isEqualTo("\"[redacted]\"");
        assertThat(json.take("hun")).isEmpty();
        assertThat(json.take("ter2\"")).isEmpty();
        assertThat(json.take(",\"a\":1}")).isEqualTo(",\"a\":1}");
        assertThat(json.end()).isEmpty();
    }

    @Test
    void halfACharacterWaitsForTheOther() {
        RedactingJson json = new RedactingJson();
        assertThat(json.take("\"a\uD83D")).isEqualTo("\"a");
        assertThat(json.take("\uDC4B")).isEqualTo("\uD83D\uDC4B");
        assertThat(json.take("\uD83D")).isEmpty();
        assertThat(json.end()).isEqualTo("\uD83D");
    }

    @Test
    void depthCostsNoStack() {
        String open = "[".repeat(100_000) + "{\"token\":" + "[".repeat(100_000);
        RedactingJson json = new RedactingJson();
        assertThat(json.take(open)).endsWith("{\"token\":\"[redacted]\"");
        assertThat(json.take("]".repeat(100_000) + "}")).isEqualTo("}");
    }

    /** Without the key being broken, what follows is a secret still. */
    private static boolean stillSecret(String text) {
        return text.contains("\"password\"") || text.contains("\"passw\\u006frd\"");
    }

    private static String without(String text, int at) {
        return text.substring(0, at) + text.substring(at + 1);
    }

    private static String cut(String text, Random random) {
        RedactingJson json = new RedactingJson();
        StringBuilder shown = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int to = Math.min(text.length(), at + random.nextInt(6));
            String now = json.take(text.substring(at, to));
            assertThat(now).doesNotMatch("(?s).*[\\uD800-\\uDBFF]");
            shown.append(now);
            at = to;
        }
        return shown.append(json.end()).toString();
    }

    private static JsonNode tree(Random random, int depth, boolean open) {
        JsonNodeFactory nodes = Json.MAPPER.getNodeFactory();
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> nodes.textNode(string(random));
            case 1 -> nodes.numberNode(random.nextInt(2_000) - 1_000);
            case 2 -> nodes.booleanNode(random.nextBoolean());
            case 3 -> nodes.nullNode();
            case 4 -> {
                ArrayNode array = nodes.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(tree(random, depth - 1, open));
                }
                yield array;
            }
            default -> {
                ObjectNode object = nodes.objectNode();
                for (int i = random.nextInt(5); i > 0; i--) {
                    if (open || random.nextBoolean()) {
                        object.set(
                                OPEN_KEYS[random.nextInt(OPEN_KEYS.length)],
                                tree(random, depth - 1, open));
                    } else {
                        object.set(
                                SECRET_KEYS[random.nextInt(SECRET_KEYS.length)],
                                secret(random, depth - 1));
                    }
                }
                yield object;
            }
        };
    }

    private static JsonNode secret(Random random, int depth) {
        if (depth > 0 && random.nextBoolean()) {
            return Json.MAPPER
                    .createArrayNode()
                    .add(string(random) + MARK)
                    .add(Json.object().set("a", secret(random, depth - 1)));
        }
        return Json.MAPPER.getNodeFactory().textNode(string(random) + MARK + string(random));
    }

    private static String string(Random random) {
        String[] bits = {"a", "\"", "\\", "}", "]", ",", ":", "\uD83D\uDC4B", "\n", "\u0001", " "};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(bits[random.nextInt(bits.length)]);
        }
        return text.toString();
    }

    /** Plain, with white space, or with letters of its strings escaped. */
    private static String write(JsonNode tree, Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> Json.write(tree);
            case 1 -> tree.toPrettyString();
            default -> Json.write(tree).replace("o", "\\u006f");
        };
    }
}
