package io.holdfast.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

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
                    {"id":"x","role":"assistant","parts":[{"type":"tool-","toolCallId":"c","state":"input-streaming"}]} | parts[0] must name a tool
                    {"id":"x","role":"assistant","parts":[{"type":"dynamic-tool","toolCallId":"c","state":"input-streaming"}]} | parts[0].toolName must be a string
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","state":"input-streaming"}]} | parts[0].toolCallId must be a string
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c"}]} | parts[0].state must be a state of a tool call
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"result"}]} | parts[0].state must be a state of a tool call
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"input-streaming","rawInput":{}}]} | parts[0].rawInput must be a string
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"output-error","input":{}}]} | parts[0].errorText must be a string
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"output-available","output":1,"preliminary":"no"}]} | parts[0].preliminary must be true or false
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-requested","input":{}}]} | parts[0].approval must be an object
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-responded","input":{},"approval":null}]} | parts[0].approval must be an object
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-responded","input":{},"approval":{"id":"a"}}]} | parts[0].approval.approved must be true or false
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-responded","input":{},"approval":{"id":"a","approved":"yes"}}]} | parts[0].approval.approved must be true or false
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-responded","input":{},"approval":{"approved":true}}]} | parts[0].approval.id must be a string
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-responded","input":{},"approval":{"id":"a","approved":true,"reason":null}}]} | parts[0].approval.reason must be a string
                    {"id":"x","role":"assistant","parts":[{"type":"tool-w","toolCallId":"c","state":"approval-requested","input":{},"approval":{"id":"a","approved":true}}]} | parts[0].approval.approved must be left out until it is given
                    {"id":"x","role":"user","metadata":3,"parts":[{"type":"text","text":"a"}]} | metadata must be an object
                    """)
    void whatIsWrongIsSaidWithItsPlace(String json, String reason) throws JsonProcessingException {
        assertThat(UiMessageJson.decode(Json.read(json))).isEqualTo(new Decoded.Invalid(reason));
    }

    @Test
    void everyPartOfAToolIsWrittenAndReadBack() throws JsonProcessingException {
        for (MessagePart.Tool tool : ToolPartCases.ALL) {
            ObjectNode json = UiMessageJson.write(answer(tool));
            assertThat(json.toString()).doesNotContain("dynamic\":", "\"done\"");
            assertThat(valid(json.toString())).isEqualTo(answer(tool));
        }
        assertThat(ToolPartCases.ALL)
                .extracting(MessagePart.Tool::state)
                .contains(MessagePart.ToolState.values());
    }

    @Test
    void aPartOfAToolIsWrittenAsTheClientKeepsIt() {
        assertThat(partsOf(ToolPartCases.ALL))
                .contains(
                        "{'type':'tool-pay','toolCallId':'call-1','state':'input-streaming'}",
                        "{'type':'dynamic-tool','toolCallId':'call-1','toolName':'pay','state':'input-streaming','rawInput':'{\\'eu'}",
                        "{'type':'tool-pay','toolCallId':'call-1','state':'approval-requested','input':{'euros':5},'approval':{'id':'ap-1','requestReason':'It"
                            + " costs.'}}",
                        "{'type':'tool-pay','toolCallId':'call-1','state':'output-available','input':{'euros':5},'output':{'paid':1},'preliminary':true}",
                        "{'type':'tool-pay','toolCallId':'call-1','state':'output-available','input':{'euros':5},'output':null}",
                        "{'type':'tool-pay','toolCallId':'call-1','state':'output-error','errorText':'It"
                            + " broke.'}",
                        "{'type':'dynamic-tool','toolCallId':'call-1','toolName':'pay','state':'output-denied','input':{'euros':5},'approval':{'id':'ap-1','approved':false,'reason':'No.'}}");
    }

    private static List<String> partsOf(List<MessagePart.Tool> tools) {
        return tools.stream()
                .map(
                        tool ->
                                UiMessageJson.write(answer(tool))
                                        .path("parts")
                                        .path(0)
                                        .toString()
                                        .replace('"', '\''))
                .toList();
    }

    @Test
    void theAnswerToAnApprovalIsReadAsTheClientSendsIt() throws JsonProcessingException {
        UiMessage message =
                valid(
                        """
                        {"id":"m-1","role":"assistant","parts":[{"type":"step-start"},
                          {"type":"tool-pay","toolCallId":"call-1","state":"approval-responded",
                           "title":"Pay","providerExecuted":false,"callProviderMetadata":{"a":{}},
                           "input":{"euros":5},"output":"x","errorText":"x","rawInput":"x",
                           "approval":{"id":"ap-1","approved":true,"isAutomatic":false}}]}
                        """);
        assertThat(message.parts().get(1))
                .isEqualTo(
                        new MessagePart.Tool(
                                "call-1",
                                "pay",
                                false,
                                MessagePart.ToolState.APPROVAL_RESPONDED,
                                Json.object().put("euros", 5),
                                null,
                                null,
                                false,
                                null,
                                new MessagePart.Approval("ap-1", true, null, null)));
        assertThat(message.text()).isEmpty();
    }

    @Test
    void whatWasUndefinedInTheClientIsNull() throws JsonProcessingException {
        UiMessage message =
                valid(
                        """
                        {"id":"m-1","role":"assistant","parts":[
                          {"type":"tool-pay","toolCallId":"c","state":"output-available"}]}
                        """);
        MessagePart.Tool tool = (MessagePart.Tool) message.parts().getFirst();
        assertThat(tool.input()).isEqualTo(NullNode.getInstance());
        assertThat(tool.output()).isEqualTo(NullNode.getInstance());
    }

    private static UiMessage answer(MessagePart.Tool tool) {
        return new UiMessage(new MessageId("m-1"), UiMessage.Role.ASSISTANT, List.of(tool), null);
    }

    private static UiMessage valid(String json) throws JsonProcessingException {
        Decoded decoded = UiMessageJson.decode(Json.read(json));
        assertThat(decoded).isInstanceOf(Decoded.Valid.class);
        return ((Decoded.Valid) decoded).message();
    }
}
