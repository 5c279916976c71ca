package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** One HTTP request and its response, blocking, as the calls here need them. */
final class Exchange {
    /** The service takes 20 MB at most for a request with images and documents. */
    private static final int MAX_BODY = 20_000_000;

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final OutputStream out;

    Exchange(Request request, Response response, Callback callback) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.out = Content.Sink.asOutputStream(response);
        response.getHeaders().put("x-amzn-RequestId", UUID.randomUUID().toString());
        // See ClientWatch: a connection that was watched is not used again.
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        // Not up to the closing of the connection, as HTTP would allow: the AWS CRT's HTTP client
        // takes such a body for an empty one, and a cut one would look complete.
        response.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
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
        return ClientWatch.start(endPoint(), Thread.currentThread());
    }

    void begin(int status, String contentType) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    }

    /** Sends bytes now: nothing is held back for a fuller packet. */
    void send(byte[] bytes) throws ClientGone {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new ClientGone(e);
        }
    }

    /** Ends the response as HTTP does. */
    void end() throws ClientGone {
        try {
            out.close();
            callback.succeeded();
        } catch (IOException e) {
            throw new ClientGone(e);
        }
    }

    /** Closes the connection wherever the response stands. */
    void cut() {
        endPoint().close();
        callback.failed(new IOException("The connection was cut"));
    }

    /** Answers with an error as the service's REST-JSON protocol has it. */
    void refuse(int status, String exceptionName, String message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("message", message);
        begin(status, "application/json");
        response.getHeaders().put(new HttpField("x-amzn-errortype", exceptionName));
        try {
            send(body.toString().getBytes(StandardCharsets.UTF_8));
            end();
        } catch (ClientGone e) {
            callback.failed(e);
        }
    }

    private EndPoint endPoint() {
        return request.getConnectionMetaData().getConnection().getEndPoint();
    }
}
