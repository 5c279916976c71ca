package io.holdfast.local.bedrock;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput.EventType;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.Message;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A scripted model behind the stand-in, and the ordinary client before it, as functions use it. */
final class RealClient implements AutoCloseable {
    /** As the SDK encodes it: with colons and a slash. */
    static final String MODEL =
            "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.test.model-v1:0";

    final SteppedPacer pacer = new SteppedPacer();
    final BedrockServer server;
    final BedrockRuntimeAsyncClient client;
    private final SdkAsyncHttpClient http = AwsCrtAsyncHttpClient.create();

    /** A client that tries once more for each of its retries. */
    RealClient(int retries) throws IOException {
        server =
                BedrockServer.start(
                        0, new ScriptModel(pacer, () -> "tooluse_" + UUID.randomUUID()));
        client =
                BedrockRuntimeAsyncClient.builder()
                        .endpointOverride(server.url())
                        .region(Region.EU_CENTRAL_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create("a", "b")))
                        .httpClient(http)
                        .overrideConfiguration(
                                c ->
                                        c.retryStrategy(
                                                DefaultRetryStrategy.standardStrategyBuilder()
                                                        .maxAttempts(retries + 1)
                                                        .build()))
                        .build();
    }

    @Override
    public void close() {
        client.close();
        http.close();
        server.close();
    }

    /** Asks, and collects what comes. */
    Call ask(String text) {
        List<ConverseStreamOutput> events = new CopyOnWriteArrayList<>();
        ConverseStreamRequest request =
                ConverseStreamRequest.builder().modelId(MODEL).messages(user(text)).build();
        CompletableFuture<Subscription> subscription = new CompletableFuture<>();
        CompletableFuture<Void> done =
                client.converseStream(
                        request,
                        ConverseStreamResponseHandler.builder()
                                .onEventStream(
                                        stream ->
                                                stream.subscribe(
                                                        new Collector(events, subscription)))
                                .build());
        return new Call(events, done, subscription);
    }

    static Message user(String text) {
        return Message.builder()
                .role(ConversationRole.USER)
                .content(ContentBlock.fromText(text))
                .build();
    }

    /** One call under way. */
    record Call(
            List<ConverseStreamOutput> events,
            CompletableFuture<Void> done,
            CompletableFuture<Subscription> subscription) {

        /** Cancelling the future would leave the connection open: aws-sdk-java-v2#6876. */
        void cancel() {
            subscription.join().cancel();
        }

        String text() {
            StringBuilder text = new StringBuilder();
            events.forEach(
                    event ->
                            event.accept(
                                    ConverseStreamResponseHandler.Visitor.builder()
                                            .onContentBlockDelta(
                                                    e -> {
                                                        if (e.delta().text() != null) {
                                                            text.append(e.delta().text());
                                                        }
                                                    })
                                            .build()));
            return text.toString();
        }

        List<EventType> types() {
            return events.stream().map(ConverseStreamOutput::sdkEventType).toList();
        }

        Call finished() {
            done.copy().orTimeout(10, SECONDS).join();
            return this;
        }
    }

    /** Takes every event. */
    private record Collector(
            List<ConverseStreamOutput> events, CompletableFuture<Subscription> subscription)
            implements Subscriber<ConverseStreamOutput> {
        @Override
        public void onSubscribe(Subscription started) {
            subscription.complete(started);
            started.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ConverseStreamOutput event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable failure) {} // the call's future has it

        @Override
        public void onComplete() {}
    }
}
