package io.holdfast.platform;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** New, unguessable ids from a source of randomness. */
public final class Ids {
    private static final int BYTES = 12;

    /** Nobody finds 256 bits by trying. */
    private static final int SECRET_BYTES = 32;

    private final RandomGenerator random;

    /** Draws from this source, a secure one in production. */
    public Ids(RandomGenerator random) {
        this.random = random;
    }

    /** A new id, {@code <prefix>_<24 hexadecimal digits>}. */
    public String next(String prefix) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return prefix + "_" + HexFormat.of().formatHex(bytes);
    }

    /** A new secret of 64 hexadecimal digits. */
    public String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The id of a new message. */
    public MessageId message() {
        return new MessageId(next("msg"));
    }

    /** A name for a pump that holds leases. */
    public String holder() {
        return next("holder");
    }
}
