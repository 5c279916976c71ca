package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

class StreamScheduleTest {
    private static final int SCHEDULES = 10_000;
    private static final StreamSettings SETTINGS =
            new StreamSettings(Duration.ofDays(1), Duration.ofHours(1), Duration.ofSeconds(5), 7);

    @Test
    void noScheduleLosesOrDisordersAChunk() {
        Random seeds = new Random();
        InMemoryTurnStream stream = new InMemoryTurnStream(SETTINGS);
        for (int i = 0; i < SCHEDULES; i++) {
            StreamSchedule.play(stream, stream::lose, SETTINGS, seeds.nextLong());
            stream.forget();
        }
    }

    /** The schedules are worth something only if they notice a stream that is wrong. */
    @Test
    void aStreamThatSkipsOneEntryIsFound() {
        assertFound(
                "gap",
                (method, arguments, right) -> {
                    Object advanced = right.call();
                    return advanced instanceof TurnStream.Advanced.More more
                                    && more.entries().size() > 3
                            ? new TurnStream.Advanced.More(
                                    skipOne(more.entries()), more.cursor(), more.ends())
                            : advanced;
                });
    }

    @Test
    void aPauseThatIsNotHeldOffByAnAnswerIsFound() {
        assertFound(
                "answer has overtaken",
                (method, arguments, right) -> {
                    Object paused = right.call();
                    return paused instanceof TurnStream.Paused.Outdated
                            ? new TurnStream.Paused.Waiting()
                            : paused;
                });
    }

    @Test
    void aStreamThatStaysPausedIsFound() {
        assertFound(
                "a running turn ends",
                (method, arguments, right) -> {
                    if (method.equals("unpause")) {
                        arguments[1] = 0L;
                    }
                    return right.call();
                });
    }

    /** What a wrong stream does with a call. */
    private interface Wrong {
        Object call(String method, Object[] arguments, Callable<Object> right) throws Exception;
    }

    private static void assertFound(String what, Wrong wrong) {
        InMemoryTurnStream right = new InMemoryTurnStream(SETTINGS);
        TurnStream stream =
                (TurnStream)
                        Proxy.newProxyInstance(
                                TurnStream.class.getClassLoader(),
                                new Class<?>[] {TurnStream.class},
                                (proxy, method, arguments) ->
                                        wrong.call(
                                                method.getName(),
                                                arguments,
                                                () -> method.invoke(right, arguments)));
        assertThatThrownBy(
                        () -> {
                            for (long seed = 0; seed < 200; seed++) {
                                StreamSchedule.play(stream, right::lose, SETTINGS, seed);
                            }
                        })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(what);
    }

    private static List<TurnStream.Entry> skipOne(List<TurnStream.Entry> entries) {
        return entries.stream().filter(entry -> !entry.equals(entries.get(1))).toList();
    }
}
