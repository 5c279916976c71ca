package io.holdfast.tool;

import io.modelcontextprotocol.client.transport.customizer.McpSyncHttpClientRequestCustomizer;
import io.modelcontextprotocol.spec.McpClientTransport;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Where we look into the MCP client's transport.
 *
 * <p>They are proxies, because javac cannot compile a class that implements these interfaces
 * without warnings: they are annotated with Reactor's {@code Nullable}, which is annotated with a
 * class that Reactor does not bring along.
 */
final class McpHooks {
    private McpHooks() {}

    /**
     * A transport whose failures somebody else hears of first.
     *
     * @param listener says whether the client may hear of a failure as well
     */
    static McpClientTransport listened(
            McpClientTransport transport, Predicate<Throwable> listener) {
        return proxy(
                McpClientTransport.class,
                (proxy, method, arguments) -> {
                    if (method.getName().equals("setExceptionHandler")) {
                        arguments[0] = after(listener, arguments[0]);
                    }
                    try {
                        return method.invoke(transport, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
    }

    @SuppressWarnings("unchecked") // the method's only parameter
    private static Consumer<Throwable> after(Predicate<Throwable> listener, Object handler) {
        return failure -> {
            if (listener.test(failure)) {
                ((Consumer<Throwable>) handler).accept(failure);
            }
        };
    }

    /** Sees every request before it is sent. */
    static McpSyncHttpClientRequestCustomizer beforeRequest(
            BiConsumer<HttpRequest.Builder, URI> hook) {
        return proxy(
                McpSyncHttpClientRequestCustomizer.class,
                (proxy, method, arguments) -> {
                    if (method.getName().equals("customize")) {
                        hook.accept((HttpRequest.Builder) arguments[0], (URI) arguments[2]);
                    }
                    return null;
                });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
