package io.holdfast.model;

import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;

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
        answer.follow(bedrock.converseStream(BedrockRequests.of(request), answer.handler()));
        return answer;
    }
}
