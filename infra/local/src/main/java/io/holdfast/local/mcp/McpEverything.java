package io.holdfast.local.mcp;

import io.holdfast.local.process.ChildOutput;
import io.holdfast.local.process.FreePort;
import io.holdfast.local.process.TiedCommand;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The reference server of the Model Context Protocol, npm {@code
 * @modelcontextprotocol/server-everything}, over streamable HTTP on the loopback interface.
 *
 * <p>It can be stopped and started again, on the same port. It ends with {@link #close()}, and also
 * when the JVM is killed.
 */
public final class McpEverything implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(McpEverything.class);

    private static final Path MODULE =
            Path.of("node_modules/@modelcontextprotocol/server-everything/dist/index.js");

    /**
     * The server listens on every interface, and nothing tells it otherwise: run before it, this
     * gives Node's listen the loopback address.
     */
    private static final String LOOPBACK =
            "data:text/javascript,import{Server}from'node:net';"
                    + "const{listen}=Server.prototype;"
                    + "Server.prototype.listen=function(port,...rest){"
                    + "return listen.call(this,Number(port),'127.0.0.1',...rest)}";

    /** Node starts in a second; a busy machine takes longer. */
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    private final Path node;
    private final Path module;
    private final int port;

    private volatile boolean closed;

    // Guarded by this.
    private @Nullable Process shell;

    private McpEverything(Path node, Path module, int port) {
        this.node = node;
        this.module = module;
        this.port = port;
    }

    /** Whether it can run, or why not, in words. */
    public sealed interface Found {
        /** It can; it does not run yet. */
        record Ready(McpEverything server) implements Found {}

        /** It cannot. */
        record LeftOut(String reason) implements Found {}
    }

    /**
     * Looks for it.
     *
     * @param web the folder whose {@code node_modules} may hold it
     * @param path the folders that may hold {@code node}, as the variable {@code PATH} has them
     */
    public static Found find(Path web, String path) {
        Path module = web.resolve(MODULE).toAbsolutePath();
        if (!Files.isRegularFile(module)) {
            return new Found.LeftOut("its npm package is not in " + web + "/node_modules");
        }
        Optional<Path> node =
                Stream.of(path.split(File.pathSeparator, -1))
                        .filter(folder -> !folder.isEmpty())
                        .map(folder -> Path.of(folder, "node"))
                        .filter(Files::isExecutable)
                        .findFirst();
        if (node.isEmpty()) {
            return new Found.LeftOut("there is no node on the PATH");
        }
        try {
            return new Found.Ready(
                    new McpEverything(node.get(), module, FreePort.find(new SecureRandom())));
        } catch (UncheckedIOException e) {
            return new Found.LeftOut("there is no free port for it");
        }
    }

    /** Where it listens when it runs. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + port + "/mcp");
    }

    /**
     * Starts it, unless it runs, and waits until it accepts connections.
     *
     * @throws IOException if it does not
     */
    public synchronized void start() throws IOException {
        Process running = shell;
        if (closed || (running != null && running.isAlive())) {
            return;
        }
        Process started = launch();
        shell = started;
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!closed && !accepts()) {
            if (!started.isAlive()) {
                throw new IOException("The MCP server has ended at once.");
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("The MCP server does not accept connections.");
            }
            pause();
        }
    }

    private Process launch() throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                                TiedCommand.of(
                                        List.of(
                                                node.toString(),
                                                "--import",
                                                LOOPBACK,
                                                module.toString(),
                                                "streamableHttp")))
                        .redirectErrorStream(true);
        // One of its tools shows its environment to whoever asks.
        String path = builder.environment().getOrDefault("PATH", "");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("PORT", Integer.toString(port));
        Process started = builder.start();
        var _ =
                new ChildOutput("mcp")
                        .follow(started.inputReader(), line -> LOG.debug("mcp: {}", line));
        return started;
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the MCP server started", e);
        }
    }

    /** Ends it, if it runs, and waits until it is gone. It may be started again. */
    public synchronized void stop() {
        Process running = shell;
        shell = null;
        if (running == null) {
            return;
        }
        List<ProcessHandle> processes = running.descendants().toList();
        try {
            running.getOutputStream().close();
        } catch (IOException alreadyClosed) {
            LOG.trace("the MCP server has ended before", alreadyClosed);
        }
        try {
            if (running.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processes.forEach(ProcessHandle::destroyForcibly);
        running.destroyForcibly();
    }

    /** Ends it for good. */
    @Override
    public void close() {
        // A start that is under way gives up first.
        closed = true;
        stop();
    }
}
