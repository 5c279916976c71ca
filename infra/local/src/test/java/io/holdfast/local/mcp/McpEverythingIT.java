package io.holdfast.local.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.local.TestSystems;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/** The real server, where its npm package is installed. */
class McpEverythingIT {
    private static final Path WEB = TestSystems.ROOT.resolve("web");

    private McpEverything server;

    @BeforeEach
    void find() {
        String path = System.getenv("PATH");
        var found = McpEverything.find(WEB, path == null ? "" : path);
        if (found instanceof McpEverything.Found.LeftOut(String reason)) {
            System.out.println("*** NOTHING WAS TRIED WITH A REAL MCP SERVER: " + reason + ". ***");
        }
        assumeTrue(found instanceof McpEverything.Found.Ready, String.valueOf(found));
        server = ((McpEverything.Found.Ready) found).server();
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void answersUntilItIsStoppedAndAgainOnTheSamePortWhenItIsStarted() throws Exception {
        server.start();
        assertThat(initialize()).isEqualTo(200);

        server.stop();
        assertThatThrownBy(this::initialize).isInstanceOf(ConnectException.class);

        server.start();
        server.start();
        assertThat(initialize()).isEqualTo(200);

        server.close();
        assertThatThrownBy(this::initialize).isInstanceOf(ConnectException.class);

        server.start();
        assertThatThrownBy(this::initialize).isInstanceOf(ConnectException.class);
    }

    @Test
    void listensToThisMachineOnly() throws Exception {
        List<InetAddress> others =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(address -> !address.isLoopbackAddress())
                        .toList();

        server.start();

        for (InetAddress other : others) {
            assertThatThrownBy(() -> new Socket(other, server.url().getPort()).close())
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void saysWhyItIsLeftOut(@TempDir Path empty) {
        assertThat(McpEverything.find(empty, "/usr/bin"))
                .isEqualTo(
                        new McpEverything.Found.LeftOut(
                                "its npm package is not in " + empty + "/node_modules"));
        assertThat(McpEverything.find(WEB, empty.toString()))
                .isEqualTo(new McpEverything.Found.LeftOut("there is no node on the PATH"));
    }

    private int initialize() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(server.url())
                                    .header("content-type", "application/json")
                                    .header("accept", "application/json, text/event-stream")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    """
                                                    {"jsonrpc":"2.0","id":1,"method":"initialize",
                                                     "params":{"protocolVersion":"2025-06-18","capabilities":{},
                                                     "clientInfo":{"name":"test","version":"1"}}}
                                                    """))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }
}
