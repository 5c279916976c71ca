package io.holdfast.model;

import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.InferenceConfiguration;
import software.amazon.awssdk.services.bedrockruntime.model.Message;
import software.amazon.awssdk.services.bedrockruntime.model.SystemContentBlock;

import java.util.List;
import java.util.Map;

/** Bedrock's ConverseStream. */
public final class BedrockModel implements Model {
    private final BedrockRuntimeAsyncClient bedrock;

    /** Asks through this client, which should not retry by itself: a step is retried as a whole. */
    public BedrockModel(BedrockRuntimeAsyncClient bedrock) {
        this.bedrock = bedrock;
    }

    @Override
    public Answer ask(ModelRequest request) {
        BedrockAnswer answer = new BedrockAnswer();
        answer.follow(bedrock.converseStream(encode(request), answer.handler()));
        return answer;
    }

    private static ConverseStreamRequest encode(ModelRequest request) {
        List<Message> messages =
                request.messages().stream()
                        .map(
                                message ->
                                        Message.builder()
                                                .role(role(message.role()))
                                                .content(ContentBlock.fromText(message.text()))
                                                .build())
                        .toList();
        return ConverseStreamRequest.builder()
                .modelId(request.modelId())
                .requestMetadata(Map.of("session", request.conversation()))
                .system(SystemContentBlock.fromText(request.systemPrompt()))
                .messages(messages)
                .inferenceConfig(
                        InferenceConfiguration.builder()
                                .maxTokens(request.maxOutputTokens())
                                .build())
                .build();
    }

    private static ConversationRole role(ModelRequest.Role role) {
        return switch (role) {
            case USER -> ConversationRole.USER;
            case ASSISTANT -> ConversationRole.ASSISTANT;
        };
    }
}
