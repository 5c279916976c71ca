package io.holdfast.model;

import io.holdfast.chunk.FinishReason;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockDelta;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockDeltaEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockStartEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlockStopEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamMetadataEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.MessageStopEvent;
import software.amazon.awssdk.services.bedrockruntime.model.ReasoningContentBlockDelta;
import software.amazon.awssdk.services.bedrockruntime.model.StopReason;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An answer of Bedrock: the event stream as a queue that one thread reads.
 *
 * <p>The queue is bounded by demand: an event is asked for when one was taken, so a slow reader
 * slows the stream down instead of filling memory.
 */
final class BedrockAnswer implements Model.Answer {
    /** Events under way: enough to hide the hand-over between threads. */
    private static final int WINDOW = 64;

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final Deque<ModelEvent> decoded = new ArrayDeque<>();
    private @Nullable CompletableFuture<Void> call;
    private volatile @Nullable Subscription subscription;
    private boolean stopped;

    private sealed interface Signal {
        record Event(ConverseStreamOutput output) implements Signal {}

        record Finished(@Nullable Throwable failure) implements Signal {}
    }

    ConverseStreamResponseHandler handler() {
        return ConverseStreamResponseHandler.builder().onEventStream(this::subscribe).build();
    }

    void follow(CompletableFuture<Void> future) {
        call = future;
        // The future, and not the publisher, has the last word: it knows a refusal before the
        // stream.
        var _ = future.whenComplete((_, failure) -> signals.add(new Signal.Finished(failure)));
    }

    @Override
    public ModelEvent next(Duration patience) {
        while (decoded.isEmpty()) {
            switch (take(patience)) {
                case Signal.Event(ConverseStreamOutput output) -> {
                    output.accept(decoder);
                    Subscription current = subscription;
                    if (current != null) {
                        current.request(1);
                    }
                }
                case Signal.Finished(Throwable failure) -> {
                    if (failure != null) {
                        return new ModelEvent.Refused(BedrockFailures.refusal(unwrap(failure)));
                    }
                    if (!stopped) {
                        throw new ModelUnavailableException(
                                "The model's stream ended before its answer did", null);
                    }
                    return new ModelEvent.End();
                }
            }
        }
        return decoded.removeFirst();
    }

    @Override
    public void close() {
        Subscription current = subscription;
        if (current != null) {
            current.cancel();
        }
        CompletableFuture<Void> running = call;
        if (running != null) {
            running.cancel(true);
        }
    }

    private Signal take(Duration patience) {
        try {
            Signal signal = signals.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (signal == null) {
                throw new ModelUnavailableException(
                        "The model was silent for " + patience.toSeconds() + " s", null);
            }
            return signal;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelUnavailableException("Interrupted while the model answered", e);
        }
    }

    private void subscribe(SdkPublisher<ConverseStreamOutput> publisher) {
        publisher.subscribe(
                new Subscriber<>() {
                    @Override
                    public void onSubscribe(Subscription started) {
                        subscription = started;
                        started.request(WINDOW);
                    }

                    @Override
                    public void onNext(ConverseStreamOutput output) {
                        signals.add(new Signal.Event(output));
                    }

                    @Override
                    public void onError(Throwable failure) {
                        // The call's future completes with the same failure.
                    }

                    @Override
                    public void onComplete() {
                        // The call's future completes as well.
                    }
                });
    }

    private final ConverseStreamResponseHandler.Visitor decoder =
            ConverseStreamResponseHandler.Visitor.builder()
                    .onContentBlockStart(this::blockStart)
                    .onContentBlockDelta(this::blockDelta)
                    .onContentBlockStop(this::blockStop)
                    .onMessageStop(this::messageStop)
                    .onMetadata(this::metadata)
                    // A message's start and events of a later API version say nothing we use.
                    .onDefault(event -> {})
                    .build();

    private void blockStart(ContentBlockStartEvent event) {
        if (event.start() != null && event.start().toolUse() != null) {
            decoded.add(
                    new ModelEvent.ToolUse(
                            event.contentBlockIndex(),
                            event.start().toolUse().toolUseId(),
                            event.start().toolUse().name()));
        }
    }

    private void blockDelta(ContentBlockDeltaEvent event) {
        int block = event.contentBlockIndex();
        ContentBlockDelta delta = event.delta();
        if (delta.text() != null) {
            decoded.add(new ModelEvent.Text(block, delta.text()));
        }
        if (delta.toolUse() != null && delta.toolUse().input() != null) {
            decoded.add(new ModelEvent.ToolInput(block, delta.toolUse().input()));
        }
        ReasoningContentBlockDelta reasoning = delta.reasoningContent();
        if (reasoning != null && reasoning.text() != null) {
            decoded.add(new ModelEvent.Reasoning(block, reasoning.text()));
        }
        if (reasoning != null && reasoning.signature() != null) {
            decoded.add(new ModelEvent.ReasoningSignature(block, reasoning.signature()));
        }
    }

    private void blockStop(ContentBlockStopEvent event) {
        decoded.add(new ModelEvent.BlockEnd(event.contentBlockIndex()));
    }

    private void messageStop(MessageStopEvent event) {
        stopped = true;
        decoded.add(new ModelEvent.Stop(reason(event.stopReason())));
    }

    private void metadata(ConverseStreamMetadataEvent event) {
        if (event.usage() != null) {
            decoded.add(
                    new ModelEvent.Usage(
                            event.usage().inputTokens(), event.usage().outputTokens()));
        }
    }

    private static FinishReason reason(StopReason reason) {
        return switch (reason) {
            case END_TURN, STOP_SEQUENCE -> FinishReason.STOP;
            case MAX_TOKENS, MODEL_CONTEXT_WINDOW_EXCEEDED -> FinishReason.LENGTH;
            case TOOL_USE -> FinishReason.TOOL_CALLS;
            case GUARDRAIL_INTERVENED, CONTENT_FILTERED -> FinishReason.CONTENT_FILTER;
            default -> FinishReason.OTHER;
        };
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
