package io.holdfast.local.template;

import java.net.URI;

/**
 * Where the parts that a template's values speak of are found on this machine.
 *
 * @param web the gateway: HTTP API and WebSocket API on one port, without a path
 * @param sqs the queue service, without a path
 * @param cacheHost the Redis server's host
 * @param cachePort the Redis server's port
 */
public record Addresses(URI web, URI sqs, String cacheHost, int cachePort) {

    /** Stands in while nothing runs yet, to check a template before anything is started. */
    public static Addresses unknown() {
        URI nowhere = URI.create("http://127.0.0.1:1");
        return new Addresses(nowhere, nowhere, "127.0.0.1", 1);
    }
}
