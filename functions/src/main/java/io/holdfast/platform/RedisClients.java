package io.holdfast.platform;

import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.UnifiedJedis;

import java.net.URI;
import java.time.Duration;

/** Builds the Redis client of a function. */
public final class RedisClients {
    /** A connection within the region takes milliseconds; a dead one must not hold a step up. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(3);

    /** One for the writer and some for the pumps beside it. */
    private static final int CONNECTIONS = 64;

    private static final Duration BORROW_TIMEOUT = Duration.ofSeconds(3);

    private static final int DEFAULT_PORT = 6379;

    private RedisClients() {}

    /**
     * A pooled client.
     *
     * @param url {@code redis://host:port}, or {@code rediss://} for TLS
     */
    public static UnifiedJedis connect(URI url) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS);
        pool.setMaxIdle(CONNECTIONS);
        pool.setMaxWait(BORROW_TIMEOUT);
        DefaultJedisClientConfig.Builder config =
                DefaultJedisClientConfig.builder()
                        .connectionTimeoutMillis((int) CONNECT_TIMEOUT.toMillis())
                        .socketTimeoutMillis((int) SOCKET_TIMEOUT.toMillis());
        if (url.getScheme().equals("rediss")) {
            config.sslOptions(SslOptions.defaults());
        }
        int port = url.getPort() < 0 ? DEFAULT_PORT : url.getPort();
        return RedisClient.builder()
                .hostAndPort(new HostAndPort(url.getHost(), port))
                .clientConfig(config.build())
                .poolConfig(pool)
                .build();
    }
}
