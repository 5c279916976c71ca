package io.holdfast.turn;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A function that dies at one of its calls to the outside, and does nothing more from then on. */
final class Mortal {
    private final int lastCall;
    private final boolean done;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean dead;

    /**
     * Dies at a call, counted from 1.
     *
     * @param done whether that call still has its effect, though nobody hears of it
     */
    Mortal(int lastCall, boolean done) {
        this.lastCall = lastCall;
        this.done = done;
    }

    boolean isDead() {
        return dead;
    }

    /** What a dead function would say. */
    static final class Death extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Something outside, of which calls of some methods are counted. */
    <T> T of(Class<T> type, T outside, Predicate<String> counted) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> {
                            boolean last =
                                    counted.test(method.getName())
                                            && calls.incrementAndGet() == lastCall;
                            if (dead || (last && !done)) {
                                dead = true;
                                throw new Death();
                            }
                            try {
                                Object result = method.invoke(outside, arguments);
                                if (last) {
                                    dead = true;
                                    throw new Death();
                                }
                                return result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
    }
}
