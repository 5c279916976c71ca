package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Random;

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
        InMemoryTurnStream right = new InMemoryTurnStream(SETTINGS);
        TurnStream wrong =
                (TurnStream)
                        Proxy.newProxyInstance(
                                TurnStream.class.getClassLoader(),
                                new Class<?>[] {TurnStream.class},
                                (proxy, method, arguments) -> {
                                    Object result = method.invoke(right, arguments);
                                    return result instanceof TurnStream.Advanced.More more
                                                    && more.entries().size() > 3
                                            ? new TurnStream.Advanced.More(
                                                    skipOne(more.entries()),
                                                    more.cursor(),
                                                    more.ends())
                                            : result;
                                });
        assertThatThrownBy(
                        () -> {
                            for (long seed = 0; seed < 200; seed++) {
                                StreamSchedule.play(wrong, right::lose, SETTINGS, seed);
                            }
                        })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("gap");
    }

    private static List<TurnStream.Entry> skipOne(List<TurnStream.Entry> entries) {
        return entries.stream().filter(entry -> !entry.equals(entries.get(1))).toList();
    }
}
