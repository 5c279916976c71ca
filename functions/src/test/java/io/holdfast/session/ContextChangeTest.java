package io.holdfast.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.MissingNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;

@NullMarked
final class ContextChangeTest {

    @Test
    void readsSwitchesAndWhatIsKnownOfTheSubject() {
        assertThat(ContextChange.read(MissingNode.getInstance()))
                .isEqualTo(new ContextChange.Read.Valid(ContextChange.NONE));
        assertThat(read("{}")).isEqualTo(new ContextChange.Read.Valid(ContextChange.NONE));
        assertThat(read("{'memory':false,'date':true,'subject':false}"))
                .isEqualTo(
                        new ContextChange.Read.Valid(
                                new ContextChange(
                                        Map.of(
                                                ContextProvider.MEMORY, false,
                                                ContextProvider.DATE, true,
                                                ContextProvider.SUBJECT, false),
                                        null)));
        assertThat(read("{'subject':{'status':'running'}}"))
                .isEqualTo(
                        new ContextChange.Read.Valid(
                                new ContextChange(
                                        Map.of(ContextProvider.SUBJECT, true),
                                        "{\"status\":\"running\"}")));
        assertThat(new ContextChange(Map.of(), "{}").switches())
                .isEqualTo(Map.of(ContextProvider.SUBJECT, true));
    }

    @Test
    void boundsWhatIsKnownOfTheSubject() {
        String room = "x".repeat(ContextChange.MAX_SUBJECT_BYTES - "{'a':''}".length());

        assertThat(read("{'subject':{'a':'" + room + "'}}"))
                .isInstanceOf(ContextChange.Read.Valid.class);
        assertThat(read("{'subject':{'a':'" + room + "x'}}"))
                .isEqualTo(
                        new ContextChange.Read.Invalid(
                                "context.subject must have 16,000 bytes at most"));
        assertThat(read("{'subject':{'a':'" + room.substring(1) + "ü'}}"))
                .isInstanceOf(ContextChange.Read.Invalid.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | context must be an object, for example {\"memory\": false}",
                "null | context must be an object, for example {\"memory\": false}",
                "{'weather':false} | context may have date, mcp, profile, memory, subject",
                "{'memory':1} | context.memory must be true or false",
                "{'memory':{}} | context.memory must be true or false",
                "{'subject':null} | context.subject must be true or false, or an object of what is"
                        + " known of it",
            })
    void refusesTheRestInWords(String json, String reason) {
        assertThat(read(json)).isEqualTo(new ContextChange.Read.Invalid(reason));
    }

    private static ContextChange.Read read(String json) {
        return ContextChange.read(Json.readStored(json.replace('\'', '"')));
    }
}
