package io.holdfast.local.bedrock;

import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Bedrock's runtime API on a port of the loopback interface: {@code POST
 * /model/{modelId}/converse-stream} and {@code POST /model/{modelId}/converse}, HTTP/1.1 without
 * TLS. Signatures are not checked. Each request is answered on a virtual thread of its own.
 */
public final class BedrockServer implements AutoCloseable {
    /** A client may wait in silence for as long as {@link ScriptModel} can, 15 minutes. */
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(16);

    private final Server server;
    private final ServerConnector connector;

    private BedrockServer(int port, ModelBackend backend) {
        // Only the acceptor, the selector and short work; answers have threads of their own.
        QueuedThreadPool threads = new QueuedThreadPool(8, 2);
        threads.setName("bedrock");
        threads.setDaemon(true);
        server = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        // The ARN of an inference profile comes with its slash and colons encoded.
        http.setUriCompliance(UriCompliance.UNSAFE);
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_TIMEOUT.toMillis());
        server.addConnector(connector);
        server.setHandler(new Door(backend));
    }

    /**
     * Starts a server.
     *
     * @param port where to listen; 0 picks a free port
     * @throws IOException if the port is taken
     */
    public static BedrockServer start(int port, ModelBackend backend) throws IOException {
        BedrockServer bedrock = new BedrockServer(port, backend);
        try {
            bedrock.server.start();
            return bedrock;
        } catch (Exception e) {
            bedrock.close();
            throw e instanceof IOException io ? io : new IOException("Cannot start: " + e, e);
        }
    }

    /** Where it listens: the endpoint to give to a client. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    /** Closes every connection; answers under way end. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("The Bedrock stand-in did not stop", e);
        }
    }

    /** Gives each request a thread. */
    private static final class Door extends Handler.Abstract.NonBlocking {
        private final ModelBackend backend;

        Door(ModelBackend backend) {
            this.backend = backend;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            ConverseCall call =
                    new ConverseCall(
                            backend, new Exchange(request, callback), InstantSource.system());
            String operation = request.getMethod() + " " + request.getHttpURI().getPath();
            Thread.ofVirtual().name("bedrock-answer").start(() -> call.run(operation));
            return true;
        }
    }
}
