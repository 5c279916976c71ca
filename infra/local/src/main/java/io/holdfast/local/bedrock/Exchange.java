package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * One HTTP request and its response, blocking; the connection ends with it.
 *
 * <p>The response is written to the connection here, not by Jetty, for two reasons. Jetty ends a
 * chunk only with the beginning of the next, so that clients which wait for a chunk's end (Python's
 * do) would be one event late. And without chunks, up to the closing of the connection, the AWS
 * CRT's client takes the body for empty, and a cut one would look complete.
 */
final class Exchange {
    /** The service takes 20 MB at most for a request with images and documents. */
    private static final int MAX_BODY = 20_000_000;

    private final Request request;
    private final Callback callback;
    private final EndPoint client;

    Exchange(Request request, Callback callback) {
        this.request = request;
        this.callback = callback;
        this.client = request.getConnectionMetaData().getConnection().getEndPoint();
    }

    byte[] body() throws ModelFailure, ClientGone {
        try {
            byte[] body = Content.Source.asInputStream(request).readNBytes(MAX_BODY + 1);
            if (body.length > MAX_BODY) {
                throw ModelFailure.validation("The request is larger than 20 MB.");
            }
            return body;
        } catch (IOException e) {
            throw new ClientGone(e);
        }
    }

    ClientWatch watch() {
        return ClientWatch.start(client, Thread.currentThread());
    }

    /** Sends the head of a response whose body follows in pieces. */
    void begin(int status, String contentType) throws ClientGone {
        begin(status, contentType, "");
    }

    private void begin(int status, String contentType, String moreHeaders) throws ClientGone {
        String head =
                """
                HTTP/1.1 %d %s
                x-amzn-RequestId: %s
                Content-Type: %s
                Transfer-Encoding: chunked
                Connection: close
                %s
                """
                        .formatted(
                                status,
                                HttpStatus.getMessage(status),
                                UUID.randomUUID(),
                                contentType,
                                moreHeaders);
        write(head.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends a piece of the body now, as a chunk of its own. */
    void send(byte[] piece) throws ClientGone {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream(piece.length + 16);
        chunk.writeBytes(
                (Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(piece);
        chunk.writeBytes(new byte[] {'\r', '\n'});
        write(chunk.toByteArray());
    }

    /** Ends the response as HTTP does. */
    void end() throws ClientGone {
        write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        cut();
    }

    /** Closes the connection wherever the response stands. */
    void cut() {
        client.close();
        callback.failed(new IOException("The connection is closed"));
    }

    /** Answers with an error as the service's REST-JSON protocol has it. */
    void refuse(int status, String exceptionName, String message) throws ClientGone {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("message", message);
        begin(status, "application/json", "x-amzn-errortype: " + exceptionName + "\n");
        send(body.toString().getBytes(StandardCharsets.UTF_8));
        end();
    }

    private void write(byte[] bytes) throws ClientGone {
        try {
            Content.Sink.write(client, false, ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw new ClientGone(e);
        }
    }
}
