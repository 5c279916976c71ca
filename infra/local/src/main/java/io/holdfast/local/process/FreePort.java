package io.holdfast.local.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.random.RandomGenerator;

/**
 * Ports for servers that must be told theirs before they start.
 *
 * <p>Not those that the system gives away itself: between now and the server's start, any
 * connection of any program could be given it. Those begin at 32768 or higher (Linux: {@code
 * net.ipv4.ip_local_port_range}; macOS and Windows: 49152), so these are below.
 */
public final class FreePort {
    private static final int FIRST = 15_000;
    private static final int LAST = 32_000;
    private static final int TRIES = 100;

    private FreePort() {}

    /**
     * A port of the loopback interface that nobody listens on.
     *
     * @throws UncheckedIOException if none was found
     */
    public static int find(RandomGenerator random) {
        for (int tries = 1; ; tries++) {
            int port = random.nextInt(FIRST, LAST);
            try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException taken) {
                if (tries == TRIES) {
                    throw new UncheckedIOException(
                            "There is no free port on the loopback interface", taken);
                }
            }
        }
    }
}
