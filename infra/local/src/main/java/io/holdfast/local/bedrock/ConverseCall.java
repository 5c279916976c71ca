package io.holdfast.local.bedrock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers one request, and turns what goes wrong into the service's errors: the one place for it.
 */
final class ConverseCall {
    private static final Logger log = LoggerFactory.getLogger(ConverseCall.class);

    private static final Pattern OPERATION =
            Pattern.compile("POST /model/(?<model>.+)/converse(?<stream>-stream)?");

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
     * @param operation the method and the path as it came
     */
    void run(String operation) {
        try {
            try {
                // Even where it is of no use: a connection that is closed with input unread is
                // reset, and the response is lost.
                byte[] body = exchange.body();
                Matcher path = OPERATION.matcher(operation);
                if (path.matches()) {
                    String modelId = decoded(path.group("model"));
                    answer(RequestReader.read(modelId, body), body, path.group("stream") != null);
                } else {
                    exchange.refuse(404, "UnknownOperationException", "No such operation.");
                }
            } catch (ModelFailure e) {
                // Its message may quote the conversation.
                log.debug("Answering with {}", e.fault(), e.getCause());
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

    private void answer(ConverseRequest request, byte[] body, boolean stream)
            throws ModelFailure, ConnectionDropped, ClientGone, InterruptedException {
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

    /** A path's plus is a plus, unlike a form's. */
    private static String decoded(String segment) throws ModelFailure {
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ModelFailure(Fault.VALIDATION, "The model id is not encoded well.", e);
        }
    }
}
