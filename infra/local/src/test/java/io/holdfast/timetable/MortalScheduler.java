package io.holdfast.timetable;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.scheduler.SchedulerClient;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/** A client of EventBridge Scheduler whose function can die around its calls. */
final class MortalScheduler {
    /** Whoever called is dead. */
    static final class DiedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final SchedulerClient real;
    private final Map<String, Runnable> before = new HashMap<>();
    private final Map<String, Runnable> after = new HashMap<>();

    MortalScheduler(SchedulerClient real) {
        this.real = real;
    }

    /** Dies before the next call of this name reaches the service. */
    void dieBefore(String call) {
        happenBefore(call, MortalScheduler::die);
    }

    /** Dies when the next call of this name has reached the service. */
    void dieAfter(String call) {
        after.put(call, MortalScheduler::die);
    }

    /** Something else happens before the next call of this name reaches the service. */
    void happenBefore(String call, Runnable what) {
        before.put(call, what);
    }

    SchedulerClient client() {
        return (SchedulerClient)
                Proxy.newProxyInstance(
                        SchedulerClient.class.getClassLoader(),
                        new Class<?>[] {SchedulerClient.class},
                        (proxy, method, arguments) -> {
                            run(before.remove(method.getName()));
                            Object answer;
                            try {
                                answer = method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                            run(after.remove(method.getName()));
                            return answer;
                        });
    }

    private static void run(@Nullable Runnable what) {
        if (what != null) {
            what.run();
        }
    }

    private static void die() {
        throw new DiedException();
    }
}
