package io.holdfast.stream;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;

import java.nio.charset.StandardCharsets;

/**
 * The frames that the server sends, as UTF-8 JSON: those of the AI SDK's {@code
 * WebSocketChatTransportResponse} (npm {@code ai} 7, {@code src/ui/websocket-chat-transport.ts}),
 * {@code event} and {@code pong}.
 */
public final class Frames {
    /** API Gateway takes no larger frame: 32 KB (its quotas for WebSocket APIs). */
    public static final int MAX_BYTES = 32 * 1024;

    /**
     * What a frame adds to its chunk, at most: a request id of 128 escaped characters and names.
     */
    static final int MAX_OVERHEAD = 512;

    private Frames() {}

    /**
     * A chunk at its place.
     *
     * @param sequence as the request counts, from 0
     * @param chunk JSON, put in as it is
     */
    public static byte[] chunk(RequestId request, long sequence, String chunk) {
        return bytes(
                open("chunk", request) + ",\"sequence\":" + sequence + ",\"chunk\":" + chunk + "}");
    }

    /** All chunks of the request have been sent. */
    public static byte[] end(RequestId request) {
        return bytes(open("end", request) + "}");
    }

    /**
     * A resumed stream follows.
     *
     * @param sequence of its first chunk: the one after the client's last, or 0 for a full replay;
     *     ours, and not looked at by the AI SDK
     */
    public static byte[] start(RequestId request, long sequence) {
        return bytes(open("start", request) + ",\"sequence\":" + sequence + "}");
    }

    /**
     * What follows is a part of a turn.
     *
     * @param base the turn's sequence that the request knows as 0: a client that has to resume the
     *     request says it back. It and the turn are ours, and not looked at by the AI SDK
     */
    public static byte[] start(RequestId request, long sequence, TurnId turn, long base) {
        return bytes(
                open("start", request)
                        + ",\"sequence\":%d,\"turnId\":\"%s\",\"base\":%d}"
                                .formatted(sequence, turn, base));
    }

    /** There is nothing to resume. */
    public static byte[] noActive(RequestId request) {
        return bytes(open("no-active", request) + "}");
    }

    /**
     * The request failed, in words for a person.
     *
     * @param requestId as the client sent it, even if it is not a valid one; empty if it sent none
     */
    public static byte[] error(String requestId, String errorText) {
        return bytes(open("error", requestId) + ",\"errorText\":\"" + escaped(errorText) + "\"}");
    }

    /**
     * What has happened in a conversation that the request watches.
     *
     * @param event JSON, put in as it is
     */
    public static byte[] event(RequestId request, String event) {
        return bytes(open("event", request) + ",\"event\":" + event + "}");
    }

    /** The answer to a ping. */
    public static byte[] pong(RequestId request) {
        return bytes(open("pong", request) + "}");
    }

    private static String open(String type, RequestId request) {
        return open(type, request.value());
    }

    private static String open(String type, String requestId) {
        return "{\"type\":\"" + type + "\",\"requestId\":\"" + escaped(requestId) + "\"";
    }

    private static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    private static byte[] bytes(String frame) {
        return frame.getBytes(StandardCharsets.UTF_8);
    }
}
