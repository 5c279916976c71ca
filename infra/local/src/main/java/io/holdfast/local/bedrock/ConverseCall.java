package io.holdfast.local.bedrock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/**
 * Answers one request, and turns what goes wrong into the service's errors: the one place for it.
 */
final class ConverseCall {
    private static final Logger log = LoggerFactory.getLogger(ConverseCall.class);

    /** A token of English is about four characters. */
    private static final int CHARACTERS_PER_TOKEN = 4;

    private final ModelBackend backend;
    private final Exchange exchange;
    private final InstantSource clock;
    private boolean streaming;

    ConverseCall(ModelBackend backend, Exchange exchange, InstantSource clock) {
        this.backend = backend;
        this.exchange = exchange;
        this.clock = clock;
    }

    /**
     * Runs to the end of the response.
     *
     * @param stream whether events go out one by one, or folded at the end
     */
    void run(String modelId, boolean stream) {
        try {
            try {
                answer(modelId, stream);
            } catch (ModelFailure e) {
                log.debug("Answering with {}", e.fault(), e);
                fail(e);
            } catch (RuntimeException e) {
                log.error("The model's stand-in failed", e);
                fail(new ModelFailure(Fault.INTERNAL_SERVER, "The stand-in failed: see its log."));
            }
        } catch (ConnectionDropped | ClientGone | InterruptedException e) {
            log.debug("The connection ends early", e);
            exchange.cut();
        }
    }

    private void answer(String modelId, boolean stream)
            throws ModelFailure, ConnectionDropped, ClientGone, InterruptedException {
        byte[] body = exchange.body();
        ConverseRequest request = RequestReader.read(modelId, body);
        ConverseFold fold = new ConverseFold();
        AnswerWriter writer =
                new AnswerWriter(
                        stream ? this::send : fold, clock, body.length / CHARACTERS_PER_TOKEN);
        try (ClientWatch _ = exchange.watch()) {
            writer.finish(backend.answer(request, writer));
        }
        if (!stream) {
            exchange.begin(200, "application/json");
            exchange.send(fold.response().toString().getBytes(StandardCharsets.UTF_8));
        }
        exchange.end();
    }

    /** The first event decides: from here on, errors are part of the stream. */
    private void send(ConverseEvent event) throws ClientGone {
        if (!streaming) {
            streaming = true;
            exchange.begin(200, "application/vnd.amazon.eventstream");
        }
        exchange.send(EventFrames.frame(event));
    }

    private void fail(ModelFailure failure) throws ClientGone {
        if (streaming) {
            exchange.send(EventFrames.frame(failure));
            exchange.end();
        } else {
            // Outside a stream, the service calls a stream's error a model error.
            Fault fault =
                    failure.fault() == Fault.MODEL_STREAM_ERROR
                            ? Fault.MODEL_ERROR
                            : failure.fault();
            exchange.refuse(
                    fault.status(), fault.exceptionName(), String.valueOf(failure.getMessage()));
        }
    }
}
