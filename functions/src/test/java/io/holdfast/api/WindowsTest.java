package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.Windows.Window;
import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.stream.InMemoryTurnStream;
import io.holdfast.stream.ManualClock;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream.Beginning;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Span;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import redis.clients.jedis.exceptions.JedisConnectionException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;

@NullMarked
final class WindowsTest {
    private static final TurnId TURN = new TurnId("turn-12345678");

    /** "Lambda quotas": invocation payload, synchronous. */
    private static final int LAMBDA_BYTES = 6 * 1024 * 1024;

    private final ManualClock clock = new ManualClock();
    private final Instant begin = clock.instant();
    private final InMemoryTurnStream stream = new InMemoryTurnStream(StreamSettings.DEFAULT);
    private Predicate<TurnId> restorer =
            turn -> {
                throw new AssertionError("nothing is lost");
            };
    private final Windows windows =
            new Windows(
                    stream,
                    turn -> restorer.test(turn),
                    clock,
                    clock::advance,
                    new Random(20_260_101));

    @BeforeEach
    void begin() {
        stream.create(TURN, Beginning.EMPTY, begin);
    }

    @Test
    void waitsForTheFirstChunkAndGathersWhatFollowsForAMoment() {
        says(4_000, "\"a\"");
        says(4_200, "\"b\"");
        says(4_400, "\"c\"");
        says(6_000, "\"too late\"");

        assertThat(next(-1)).isEqualTo(chunks(false, 0, "\"a\"", "\"b\"", "\"c\""));
        assertThat(elapsed()).isBetween(Duration.ofMillis(4_500), Duration.ofMillis(4_750));
    }

    @Test
    void isSilentInTheEnd() {
        assertThat(next(-1)).isEqualTo(new Window.Silence());
        assertThat(elapsed()).isEqualTo(Windows.LONGEST);
    }

    @Test
    void gathersNoLongerThanItMayTake() {
        says(Windows.LONGEST.toMillis() - 100, "\"a\"");

        assertThat(next(-1)).isEqualTo(chunks(false, 0, "\"a\""));
        assertThat(elapsed()).isEqualTo(Windows.LONGEST);
    }

    @Test
    void theEndIsNotWaitedFor() {
        says(1_000, "\"a\"");
        at(1_100, () -> close("\"z\""));

        assertThat(next(-1)).isEqualTo(chunks(true, 0, "\"a\"", "\"z\""));
        assertThat(elapsed()).isBetween(Duration.ofMillis(1_100), Duration.ofMillis(1_350));
    }

    @Test
    void aTurnThatHasEndedIsWholeInOneAndGoesOnAnywhere() {
        List<String> said = IntStream.range(0, 999).mapToObj(Integer::toString).toList();
        say(said.toArray(String[]::new));
        close("999");

        for (int after = -1; after < 999; after++) {
            String[] rest =
                    IntStream.range(after + 1, 1_000)
                            .mapToObj(Integer::toString)
                            .toArray(String[]::new);
            assertThat(next(after)).isEqualTo(chunks(true, after + 1, rest));
        }
        assertThat(next(999)).isEqualTo(new Window.Over());
        assertThat(next(5_000)).isEqualTo(new Window.Over());
        assertThat(elapsed()).isZero();
    }

    @Test
    void whoIsNotToWaitGetsWhatIsThere() {
        assertThat(windows.next(TURN, -1, false)).isEqualTo(new Window.Silence());
        say("\"a\"", "\"b\"");
        assertThat(windows.next(TURN, 0, false)).isEqualTo(chunks(false, 1, "\"b\""));
        assertThat(elapsed()).isZero();
    }

    @Test
    void holdsSoManyChunks() {
        say(Collections.nCopies(Windows.MAX_CHUNKS + 1, "1").toArray(String[]::new));

        Window.Chunks first = (Window.Chunks) next(-1);
        assertThat(first.entries()).hasSize(Windows.MAX_CHUNKS);
        assertThat(elapsed()).isZero();
        assertThat(next(Windows.MAX_CHUNKS - 1)).isEqualTo(chunks(false, Windows.MAX_CHUNKS, "1"));
    }

    @Test
    void holdsNoMoreBytesThanLambdaTakes() {
        // What JSON escapes, and once more on the way to the gateway.
        String chunk = "\"" + "\\\"\\\\".repeat(7_500) + "\"";
        say(Collections.nCopies(200, chunk).toArray(String[]::new));
        close("\"z\"");

        long after = -1;
        int answers = 0;
        while (next(after) instanceof Window.Chunks window) {
            StringBuilder text = new StringBuilder();
            window.entries()
                    .forEach(
                            entry ->
                                    text.append("id: turn-12345678:99999\ndata: ")
                                            .append(entry.chunk())
                                            .append("\n\n"));
            String answer = Json.write(new HttpResponse(200, Map.of(), text.toString()).encode());
            assertThat(answer.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(LAMBDA_BYTES);
            assertThat(window.entries().getFirst().sequence()).isEqualTo(after + 1);
            after = window.entries().getLast().sequence();
            answers++;
        }
        assertThat(after).isEqualTo(200);
        assertThat(answers).isEqualTo(3);
    }

    @Test
    void makesAStreamAgainThatIsNotThere() {
        stream.forget();
        restorer =
                turn ->
                        stream.create(
                                turn,
                                new Beginning(TurnStatus.COMPLETED, List.of("\"a\""), 0, 0),
                                begin);

        assertThat(next(-1)).isEqualTo(chunks(true, 0, "\"a\""));
    }

    @Test
    void waitsForTheWriterThatWillMakeItAgain() {
        stream.forget();
        restorer = turn -> false;
        at(
                3_000,
                () ->
                        stream.create(
                                TURN,
                                new Beginning(TurnStatus.RUNNING, List.of("\"a\""), 0, 0),
                                begin));

        assertThat(next(-1)).isEqualTo(chunks(false, 0, "\"a\""));
    }

    @Test
    void isNoFailureWhileRedisIsAway() {
        stream.breakWith(new JedisConnectionException("away"));
        assertThat(next(-1)).isEqualTo(new Window.Silence());

        at(5_000, stream::heal);
        says(6_000, "\"a\"");
        assertThat(next(-1)).isEqualTo(chunks(false, 0, "\"a\""));
    }

    private Window next(long after) {
        return windows.next(TURN, after, true);
    }

    private Duration elapsed() {
        return Duration.between(begin, clock.instant());
    }

    private static Window chunks(boolean ends, long first, String... chunks) {
        return new Window.Chunks(
                IntStream.range(0, chunks.length)
                        .mapToObj(i -> new Entry(first + i, chunks[i]))
                        .toList(),
                ends);
    }

    private void says(long millis, String chunk) {
        at(millis, () -> say(chunk));
    }

    private void at(long millis, Runnable event) {
        var _ = clock.schedule(event, millis, TimeUnit.MILLISECONDS);
    }

    private void say(String... chunks) {
        var _ =
                stream.append(
                        TURN,
                        Fence.NONE,
                        List.of(chunks),
                        null,
                        Span.ANY,
                        "writer",
                        Map.of(),
                        clock.instant());
    }

    private void close(String last) {
        var _ = stream.close(TURN, TurnStatus.COMPLETED, List.of(last), "writer", clock.instant());
    }
}
