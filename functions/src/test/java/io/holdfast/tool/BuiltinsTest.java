package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;

import org.junit.jupiter.api.Test;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

class BuiltinsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T23:30:00Z");

    private final Map<String, BuiltinTool> tools =
            ToolClients.installedBuiltins().stream()
                    .collect(Collectors.toMap(BuiltinTool::name, Function.identity()));
    private final List<JsonNode> reported = new ArrayList<>();
    private Instant now = NOW;

    @Test
    void allAreFound() {
        assertThat(tools.keySet())
                .containsExactlyInAnyOrder(
                        "current_time",
                        "calculator",
                        "fetch_page",
                        "recall",
                        "check_operation_status",
                        "rehearsal_echo",
                        "rehearsal_wait",
                        "rehearsal_fail",
                        "rehearsal_big",
                        "rehearsal_transfer");
        tools.values()
                .forEach(
                        tool -> {
                            assertThat(tool.description()).isNotBlank();
                            assertThat(tool.input().path("type").asText()).isEqualTo("object");
                        });
    }

    @Test
    void tellsTheTime() throws Exception {
        assertThat(output("current_time", "{}"))
                .isEqualTo(
                        Calls.json(
                                "{'time':'2026-03-01T23:30:00Z','zone':'UTC','weekday':'Sunday'}"));
        assertThat(output("current_time", "{'zone':'Europe/Berlin'}"))
                .isEqualTo(
                        Calls.json(
                                "{'time':'2026-03-02T00:30:00+01:00','zone':'Europe/Berlin',"
                                        + "'weekday':'Monday'}"));
        assertThat(Calls.failure(run("current_time", "{'zone':'Mars'}"))).contains("IANA");
        assertThat(Calls.failure(run("current_time", "{'zone':'\\u0000'}"))).contains("IANA");
    }

    @Test
    void theZoneCanBeConfigured() throws Exception {
        assertThat(
                        Calls.output(
                                        named("current_time")
                                                .run(
                                                        Calls.of("{}"),
                                                        Calls.json("{'zone':'Asia/Tokyo'}"),
                                                        services(),
                                                        Progress.NONE))
                                .path("weekday")
                                .asText())
                .isEqualTo("Monday");
    }

    @Test
    void calculates() throws Exception {
        assertThat(output("calculator", "{'expression':'0.1+0.2'}").toString())
                .isEqualTo("{\"result\":0.3}");
        assertThat(output("calculator", "{'expression':'10^6'}").toString())
                .isEqualTo("{\"result\":1000000}");
        assertThat(Calls.failure(run("calculator", "{'expression':'1/0'}"))).contains("zero");
    }

    @Test
    void echoes() throws Exception {
        assertThat(output("rehearsal_echo", "{'value':[1,null]}"))
                .isEqualTo(Calls.json("{'value':[1,null]}"));
    }

    @Test
    void waitsAndReports() throws Exception {
        assertThat(output("rehearsal_wait", "{'ms':1200}").toString())
                .isEqualTo("{\"waited\":1200}");
        assertThat(reported.toString()).isEqualTo("[{\"waited\":500}, {\"waited\":1000}]");
        assertThat(now).isEqualTo(NOW.plusMillis(1200));
    }

    @Test
    void waitsNoLongerThanTheDeadline() throws Exception {
        ToolCall call = Calls.of("{'ms':60000}", NOW.plusMillis(700));
        assertThat(
                        Calls.failure(
                                named("rehearsal_wait")
                                        .run(call, Json.object(), services(), Progress.NONE)))
                .contains("700 ms");
    }

    @Test
    void waitingCanBeInterrupted() {
        Services real =
                new Services(
                        InstantSource.system(), Pause.REAL, record(), GuardedHttp.lazyClient());
        Thread.currentThread().interrupt();
        assertThatThrownBy(
                        () ->
                                named("rehearsal_wait")
                                        .run(
                                                Calls.of("{'ms':60000}"),
                                                Json.object(),
                                                real,
                                                Progress.NONE))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void fails() throws Exception {
        assertThat(Calls.failure(run("rehearsal_fail", "{'message':'no'}"))).isEqualTo("no");
    }

    @Test
    void answersSomethingBig() throws Exception {
        assertThat(output("rehearsal_big", "{'bytes':12}").textValue()).isEqualTo("012345678901");
        assertThat(output("rehearsal_big", "{'bytes':2000000}").textValue()).hasSize(2_000_000);
    }

    @Test
    void transfersUnderItsKey() throws Exception {
        assertThat(output("rehearsal_transfer", "{'to':'bob','amount':5}"))
                .isEqualTo(Calls.json("{'transferred':true,'to':'bob','amount':5,'key':'key-1'}"));
    }

    private BuiltinTool named(String name) {
        return Objects.requireNonNull(tools.get(name));
    }

    private JsonNode output(String tool, String input) throws InterruptedException {
        return Calls.output(run(tool, input));
    }

    private ToolResult run(String tool, String input) throws InterruptedException {
        ObjectNode settings = Json.object();
        return named(tool)
                .run(
                        Calls.of(input, NOW.plus(Duration.ofMinutes(5))),
                        settings,
                        services(),
                        reported::add);
    }

    private Services services() {
        return new Services(
                () -> now, time -> now = now.plus(time), record(), GuardedHttp.lazyClient());
    }

    /** Never asked by these tools. */
    private static RecordTable record() {
        DynamoDbClient none =
                new DynamoDbClient() {
                    @Override
                    public String serviceName() {
                        return "dynamodb";
                    }

                    @Override
                    public void close() {}
                };
        return new RecordTable(none, "table");
    }
}
