package io.holdfast.local.redis;

/** No redis-server could be started; the message says why and what to do. */
public final class RedisStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RedisStartException(String message) {
        super(message);
    }

    RedisStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
