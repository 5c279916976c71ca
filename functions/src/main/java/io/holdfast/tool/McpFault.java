package io.holdfast.tool;

import io.modelcontextprotocol.client.transport.McpHttpClientTransportAuthorizationException;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpTransportSessionClosedException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;

import org.jspecify.annotations.Nullable;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;

/** What a failure of the MCP client means for the request that met it. */
sealed interface McpFault {

    /** The server answered with an error, in its own words. */
    record Said(String words) implements McpFault {}

    /** The server has not got the request, or turned it away unread: it can be sent again. */
    record NotDone(String why) implements McpFault {}

    /** Nobody knows whether the server has done it. */
    record Unknown(String why) implements McpFault {}

    /** Looks through a failure's causes for the first that means something. */
    static McpFault of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            McpFault fault = known(cause);
            if (fault != null) {
                return fault;
            }
            cause = cause.getCause();
        }
        return new Unknown("the connection was lost");
    }

    private static @Nullable McpFault known(Throwable cause) {
        return switch (cause) {
            case McpError e -> new Said(e.getMessage() == null ? "an error" : e.getMessage());
            // Streamable HTTP, "Session Management": a session that the server has forgotten is
            // answered with 404 (older servers: 400), before the request is looked at.
            case McpTransportSessionNotFoundException _ ->
                    new NotDone("the server has forgotten the session");
            case McpTransportSessionClosedException _ -> new NotDone("the session was closed");
            case McpHttpClientTransportAuthorizationException _ ->
                    new NotDone("the server refuses the credentials");
            case AddressRefusedException _ ->
                    new NotDone("its address is not one of the public internet");
            case ConnectException _ -> new NotDone("it cannot be reached");
            case HttpConnectTimeoutException _ -> new NotDone("it cannot be reached");
            case UnknownHostException _ -> new NotDone("its host has no address");
            case UnresolvedAddressException _ -> new NotDone("its host has no address");
            default -> null;
        };
    }
}
