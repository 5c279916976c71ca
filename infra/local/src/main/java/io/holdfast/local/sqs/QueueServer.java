package io.holdfast.local.sqs;

import io.holdfast.local.template.Pseudo;

import org.elasticmq.NodeAddress;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;

import java.net.URI;

/** ElasticMQ on a port of the loopback interface. Messages live in memory only. */
public final class QueueServer implements AutoCloseable {
    private final SQSRestServer server;
    private final int port;

    private QueueServer(SQSRestServer server) {
        this.server = server;
        this.port = server.waitUntilStarted().localAddress().getPort();
    }

    /**
     * Starts the server, and returns when it answers.
     *
     * @param port where to listen; 0 picks a free port
     */
    public static QueueServer start(int port) {
        return new QueueServer(
                SQSRestServerBuilder.withInterface("127.0.0.1")
                        .withPort(port)
                        .withAWSRegion(Pseudo.REGION)
                        .withAWSAccountId(Pseudo.ACCOUNT)
                        // Queue URLs have the host and port by which the client came.
                        .withServerAddress(new NodeAddress("http", "*", port, ""))
                        .start());
    }

    /** The endpoint to give to a client. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /**
     * Begins to stop; whoever polls is let wait out their time, up to 20 s, so nobody waits for it.
     */
    @Override
    public void close() {
        server.stopAndGetFuture().apply();
    }
}
