package io.holdfast.local.gateway;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client on the bare socket: may break every rule, and does not read unless told to. */
final class RawClient implements AutoCloseable {
    static final String UPGRADE =
            """
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            """;

    private final Socket socket = new Socket();

    RawClient(Gateway gateway) {
        try {
            // Small, so that a client that does not read is noticed soon.
            socket.setReceiveBufferSize(8 * 1024);
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()), 5000);
            socket.setSoTimeout(10_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Upgrades, and stops reading right behind the handshake's answer. */
    static RawClient upgraded(Gateway gateway) {
        RawClient client = new RawClient(gateway);
        if (client.request("GET /ws HTTP/1.1", UPGRADE) != 101) {
            throw new AssertionError("Not upgraded");
        }
        return client;
    }

    /** Sends a request and returns the status of the answer. */
    int request(String requestLine, String headers) {
        write(
                (requestLine + "\r\nHost: 127.0.0.1\r\n" + headers + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        String head = head();
        return Integer.parseInt(head.substring(9, 12));
    }

    private String head() {
        try {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    throw new AssertionError("Closed after: " + head);
                }
                head.append((char) next);
            }
            return head.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(byte[] bytes) {
        if (!tryWrite(bytes)) {
            throw new AssertionError("The server does not take it");
        }
    }

    /** Writes as much as the server takes; false if that was not all. */
    boolean tryWrite(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends a whole text as one frame, which the JDK's client would cut into several. */
    void sendText(String text) {
        write(frame(0x81, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A masked frame, as clients send them. */
    static byte[] frame(int firstByte, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) firstByte);
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65_536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        // A mask of zeros leaves the payload as it is.
        frame.putInt(0).put(payload);
        byte[] bytes = new byte[frame.flip().remaining()];
        frame.get(bytes);
        return bytes;
    }

    /** A frame of the server. */
    @SuppressWarnings("ArrayRecordComponent")
    record Received(int opcode, byte[] payload) {
        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }
    }

    /** Reads frames until a close frame, and returns its code. */
    int readCloseCode() {
        Received received = read();
        while (received.opcode() != 8) {
            received = read();
        }
        return ByteBuffer.wrap(received.payload()).getShort();
    }

    Received read() {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int opcode = in.readUnsignedByte() & 0x0f;
            int length = in.readUnsignedByte();
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = (int) in.readLong();
            }
            return new Received(opcode, in.readNBytes(length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads whatever comes until the end of the stream. */
    byte[] readAll() {
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(all);
            return all.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
