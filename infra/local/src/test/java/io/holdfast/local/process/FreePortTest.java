package io.holdfast.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import java.util.random.RandomGenerator;

class FreePortTest {
    /** The lowest port that a system in use gives to connections. */
    private static final int GIVEN_AWAY = 32_768;

    @Test
    void isBelowThoseOfConnectionsAndCanBeListenedOn() throws Exception {
        int port = FreePort.find(new Random());

        assertThat(port).isBetween(1024, GIVEN_AWAY - 1);
        new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }

    @Test
    void isAnotherOneIfSomebodyListens() throws Exception {
        Random same = new Random(7);
        int first = FreePort.find(new Random(7));
        try (var _ = new ServerSocket(first, 1, InetAddress.getLoopbackAddress())) {
            assertThat(FreePort.find(same)).isNotEqualTo(first);
        }
    }

    @Test
    void isGivenUpIfSomebodyAlwaysListens() throws Exception {
        int port = FreePort.find(new Random());
        RandomGenerator stuck =
                new RandomGenerator() {
                    @Override
                    public int nextInt(int from, int to) {
                        return port;
                    }

                    @Override
                    public long nextLong() {
                        return port;
                    }
                };
        try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> FreePort.find(stuck)).hasCauseInstanceOf(BindException.class);
        }
    }
}
