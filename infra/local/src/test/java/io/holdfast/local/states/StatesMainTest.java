package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

final class StatesMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return StatesMain.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void readsItsOptions() {
        assertThat(
                        StatesMain.Options.parse(
                                List.of(
                                        "--port",
                                        "0",
                                        "--lambda-endpoint",
                                        "http://l:1",
                                        "--sqs-endpoint",
                                        "https://s/q")))
                .isEqualTo(
                        new StatesMain.Options(
                                0, URI.create("http://l:1"), URI.create("https://s/q"), false));
    }

    @Test
    void tellsHowItIsUsed() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("--port", "--lambda-endpoint", "--sqs-endpoint");
    }

    @ParameterizedTest
    @CsvSource({
        "--bogus x,Unknown option: --bogus",
        "--port,--port needs a value",
        "--port x,--port must be",
        "--port 70000,--port must be",
        "--port -1,--port must be",
        "--lambda-endpoint nowhere,--lambda-endpoint must be an http URL",
        "--sqs-endpoint ftp://x,--sqs-endpoint must be an http URL"
    })
    void badArgumentsAreOneClearLine(String arguments, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith(message));
    }

    @Test
    void aPortThatIsTakenIsOneClearLine() {
        Stand stand = new Stand();

        assertThat(run("--port", "" + stand.server.url().getPort())).isEqualTo(1);

        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("Cannot listen on port "));
        stand.close();
    }
}
