package io.holdfast.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;

import io.holdfast.chunk.UiMessageJson.Decoded;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class UiMessageJsonTest {

    @Test
    void aMessageIsWrittenAndReadBack() throws JsonProcessingException {
        String json =
                """
                {"id":"m-1","role":"assistant","metadata":{"k":1},"parts":[
                  {"type":"step-start"},
                  {"type":"reasoning","id":"r","text":"hm","state":"done",
                   "providerMetadata":{"bedrock":{"signature":"s"}}},
                  {"type":"text","text":"hello","state":"done"},
                  {"type":"file","mediaType":"image/png","url":"https://example.com/x.png"}]}
                """;
        UiMessage message = valid(json);

        assertThat(message.id()).isEqualTo(new MessageId("m-1"));
        assertThat(message.role()).isEqualTo(UiMessage.Role.ASSISTANT);
        assertThat(message.parts()).hasSize(4);
        assertThat(message.parts().get(3)).isInstanceOf(MessagePart.Other.class);
        assertThat(UiMessageJson.write(message)).isEqualTo(Json.read(json));
    }

    @Test
    void aMessageOfTheAiSdkIsRead() throws JsonProcessingException {
        UiMessage message =
                valid(
                        """
                        {"role":"user","parts":[{"type":"text","text":"hi","state":"done"}],"id":"x"}
                        """);
        assertThat(message)
                .isEqualTo(
                        new UiMessage(
                                new MessageId("x"),
                                UiMessage.Role.USER,
                                List.of(new MessagePart.Text("hi")),
                                null));
    }

    @Test
    void onlyAnAssistantMayHaveNoParts() throws JsonProcessingException {
        assertThat(valid("{\"id\":\"x\",\"role\":\"assistant\",\"parts\":[]}").parts()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    []                                                 | the message must be an object
                    {"role":"user","parts":[]}                         | id must be a string
                    {"id":7,"role":"user","parts":[]}                  | id must be a string
                    {"id":"a b","role":"user","parts":[]}              | id must be 1 to 128 printable ASCII characters without spaces
                    {"id":"x","parts":[]}                              | role must be user, assistant or system
                    {"id":"x","role":"tool","parts":[]}                | role must be user, assistant or system
                    {"id":"x","role":"user"}                           | parts must be an array
                    {"id":"x","role":"user","parts":[]}                | parts must hold at least one part
                    {"id":"x","role":"user","parts":["a"]}             | parts[0] must be an object
                    {"id":"x","role":"user","parts":[{"text":"a"}]}    | parts[0].type must be a string
                    {"id":"x","role":"user","parts":[{"type":"text"}]} | parts[0].text must be a string
                    {"id":"x","role":"user","parts":[{"type":"step-start"},{"type":"text","text":null}]} | parts[1].text must be a string
                    {"id":"x","role":"user","parts":[{"type":"text","text":"a","state":"odd"}]} | parts[0].state must be streaming or done
                    {"id":"x","role":"user","parts":[{"type":"reasoning","text":"a","id":1}]} | parts[0].id must be a string
                    {"id":"x","role":"user","parts":[{"type":"reasoning","text":"a","providerMetadata":1}]} | parts[0].providerMetadata must be an object
                    {"id":"x","role":"user","metadata":3,"parts":[{"type":"text","text":"a"}]} | metadata must be an object
                    """)
    void whatIsWrongIsSaidWithItsPlace(String json, String reason) throws JsonProcessingException {
        assertThat(UiMessageJson.decode(Json.read(json))).isEqualTo(new Decoded.Invalid(reason));
    }

    private static UiMessage valid(String json) throws JsonProcessingException {
        Decoded decoded = UiMessageJson.decode(Json.read(json));
        assertThat(decoded).isInstanceOf(Decoded.Valid.class);
        return ((Decoded.Valid) decoded).message();
    }
}
