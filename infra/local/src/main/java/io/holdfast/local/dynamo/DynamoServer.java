package io.holdfast.local.dynamo;

import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;

import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * DynamoDB Local on a port of the loopback interface.
 *
 * <p>Its own server class would listen on every interface, print to stdout and may send telemetry;
 * so its request handler stands behind a server of ours. Any credentials are good, and all see the
 * same tables; access keys must be alphanumeric.
 */
public final class DynamoServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoServer.class);

    /** It tells of each database that it opens; held here, or the level would be forgotten. */
    private static final java.util.logging.Logger SQLITE =
            java.util.logging.Logger.getLogger("com.almworks.sqlite4java");

    static {
        SQLITE.setLevel(java.util.logging.Level.WARNING);
    }

    private final Server server;
    private final ServerConnector connector;
    private final LocalDynamoDBRequestHandler database;

    private DynamoServer(int port, @Nullable Path directory) {
        database =
                new LocalDynamoDBRequestHandler(
                        0,
                        directory == null,
                        directory == null ? null : directory.toString(),
                        true,
                        false);
        QueuedThreadPool threads = new QueuedThreadPool(64, 2);
        threads.setName("dynamodb");
        threads.setDaemon(true);
        server = new Server(threads);
        connector = new ServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        server.setHandler(new LocalDynamoDBServerHandler(database, null));
    }

    /**
     * Starts the server.
     *
     * @param port where to listen; 0 picks a free port
     * @param directory where the data lives across starts; in memory only if absent
     * @throws IOException if the port is taken, or the directory cannot be made
     */
    public static DynamoServer start(int port, @Nullable Path directory) throws IOException {
        if (directory != null) {
            Files.createDirectories(directory);
        }
        DynamoServer dynamo = new DynamoServer(port, directory);
        try {
            dynamo.server.start();
            return dynamo;
        } catch (Exception e) {
            dynamo.close();
            throw e instanceof IOException io ? io : new IOException("Cannot start: " + e, e);
        }
    }

    /** The endpoint to give to a client. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("DynamoDB Local did not stop cleanly", e);
        }
        database.shutdown();
    }
}
