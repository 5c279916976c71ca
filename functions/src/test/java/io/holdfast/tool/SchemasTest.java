package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.assistant.Risk;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemasTest {
    private static final ToolSpec SPEC =
            spec(
                    """
                    {'type':'object','required':['to'],'additionalProperties':false,'properties':{
                      'to':{'type':'string','minLength':2},
                      'amount':{'type':'number','minimum':1},
                      'tags':{'type':'array','items':{'enum':['a','b']}}}}\
                    """);

    private final Schemas schemas = new Schemas();

    @Test
    void takesWhatFits() {
        assertThat(schemas.check(SPEC, Calls.json("{'to':'bob','amount':2.5,'tags':['a']}")))
                .isEqualTo(new Input.Valid(Calls.json("{'to':'bob','amount':2.5,'tags':['a']}")));
    }

    @Test
    void namesThePlaceAndWhatIsExpectedButNoValues() {
        String message = invalid("{'to':'bob','amount':'s3cret','tags':['a','s3cret']}");
        assertThat(message)
                .contains("/amount", "number", "/tags/1", "enum")
                .doesNotContain("s3cret");
        assertThat(invalid("{}")).contains("to", "required");
        assertThat(invalid("{'to':'bob','more':1}")).contains("more");
    }

    @Test
    void namesAFewFaultsAtMost() {
        assertThat(invalid("{'to':'bob','tags':[1,2,3,4,5,6,7]}"))
                .contains("/tags/0", "and 4 more");
    }

    @Test
    void nothingCountsAsAnEmptyObject() {
        ToolSpec anything = spec("{'type':'object'}");
        Input empty = new Input.Valid(Json.object());
        assertThat(schemas.check(anything, null)).isEqualTo(empty);
        assertThat(schemas.check(anything, NullNode.instance)).isEqualTo(empty);
        assertThat(schemas.check(anything, MissingNode.getInstance())).isEqualTo(empty);
        assertThat(schemas.check(anything, Json.readStored("\"\""))).isEqualTo(empty);
        assertThat(schemas.check(SPEC, null)).isInstanceOf(Input.Invalid.class);
    }

    @Test
    void whatIsNoObjectIsNotValid() {
        for (String text : new String[] {"[]", "1", "true", "\"x\""}) {
            assertThat(schemas.check(spec("{}"), Json.readStored(text)))
                    .isInstanceOf(Input.Invalid.class);
        }
    }

    @Test
    void olderDraftsAreRead() {
        ToolSpec draft7 =
                spec(
                        """
                        {'$schema':'http://json-schema.org/draft-07/schema#','type':'object',
                         'definitions':{'n':{'type':'integer'}},
                         'properties':{'n':{'$ref':'#/definitions/n'}}}\
                        """);
        assertThat(schemas.check(draft7, Calls.json("{'n':1}"))).isInstanceOf(Input.Valid.class);
        assertThat(schemas.check(draft7, Calls.json("{'n':'x'}")))
                .isInstanceOf(Input.Invalid.class);
    }

    @Test
    void aSchemaNeverFetchesAnother() {
        try (TestServer server = new TestServer()) {
            server.on("/", exchange -> TestServer.answer(exchange, 200, "application/json", "{}"));
            ToolSpec remote =
                    spec("{'properties':{'x':{'$ref':'%s'}}}".formatted(server.url("/schema")));
            assertThat(schemas.check(remote, Calls.json("{'x':1}")))
                    .isInstanceOf(Input.Valid.class);
            assertThat(server.requests).isEmpty();
        }
    }

    @Test
    void aSchemaThatCannotBeReadChecksNothing() {
        assertThat(
                        schemas.check(
                                spec("{'properties':{'x':{'pattern':'['}}}"),
                                Calls.json("{'x':'y'}")))
                .isInstanceOf(Input.Valid.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'$ref':'#'}", "{'allOf':[{'$ref':'#'}]}"})
    void aSchemaThatNamesItselfForEverChecksNothing(String schema) {
        assertThat(schemas.check(spec(schema), Calls.json("{'x':1}")))
                .isInstanceOf(Input.Valid.class);
    }

    private String invalid(String input) {
        return ((Input.Invalid) schemas.check(SPEC, Calls.json(input))).message();
    }

    private static ToolSpec spec(String schema) {
        return Calls.spec("t", Risk.LOW, Calls.json(schema));
    }
}
