package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogReader;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.assistant.SystemPrompts;
import io.holdfast.local.dynamo.TestTable;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.Pause;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.ContextChange;
import io.holdfast.session.ContextProvider;
import io.holdfast.session.Note;
import io.holdfast.session.NoteId;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.UserNotes;
import io.holdfast.stream.TurnStatus;
import io.holdfast.tool.Toolbox;
import io.holdfast.tool.Toolboxes;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** What the model is told, from a real record and a real source. */
@Tag("side-by-side")
final class TurnContextIT {
    private static final Random RANDOM = new Random(1);

    private static TestTable table;
    private static HttpServer source;
    private static Catalog catalog;
    private static final AtomicInteger READS = new AtomicInteger();
    private static volatile boolean isDown;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private SessionStore sessions;
    private UserNotes notes;
    private TurnContext context;
    private Session session;

    @BeforeAll
    static void start() throws IOException {
        table = TestTable.start();
        source = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        source.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        byte[] body =
                                "read %d of %s for %s"
                                        .formatted(
                                                READS.incrementAndGet(),
                                                exchange.getRequestURI(),
                                                exchange.getRequestHeaders()
                                                        .getFirst("X-Holdfast-User"))
                                        .getBytes(StandardCharsets.UTF_8);
                        exchange.sendResponseHeaders(isDown ? 503 : 200, body.length);
                        exchange.getResponseBody().write(body);
                    }
                });
        source.start();
        catalog =
                CatalogReader.read(
                        """
                        version: 1
                        assistants:
                          workbench:
                            systemPrompt: You help with {{subject}}.
                            model: m
                            context: [subject, memory, profile, date]
                            maxContextCharacters: { subject: 100, profile: 100, memory: 100 }
                        subjects:
                          experiment:
                            url: "http://127.0.0.1:${PORT}/e/{{id}}"
                            allowPrivateAddresses: true
                        """,
                        Map.of("PORT", Integer.toString(source.getAddress().getPort())));
    }

    @AfterAll
    static void stop() {
        source.stop(0);
        table.close();
    }

    @BeforeEach
    void begin() {
        READS.set(0);
        isDown = false;
        sessions = new SessionStore(table.record());
        notes = new UserNotes(table.record(), Pause.REAL, RANDOM);
        Toolbox toolbox =
                Toolboxes.of(
                        catalog,
                        Map.of(),
                        table.aws(),
                        table.record(),
                        () -> now,
                        Pause.REAL,
                        RANDOM);
        context =
                new TurnContext(new SystemPrompts(() -> now), toolbox, sessions, notes, () -> now);
        session = session("experiment:exp_42");
    }

    @Test
    void tellsAllOfItWhatChangesTheLeastFirst() {
        notes.writeProfile(session.owner(), "I run the mill.", now);
        note("Grinds rye.");

        assertThat(prompt("turn-0001"))
                .startsWith("You help with experiment:exp_42.\n\nToday is 2026-01-01 (UTC).\n\n# ")
                .containsSubsequence(
                        "# About the user",
                        "I run the mill.",
                        "# Notes to remember",
                        "Grinds rye.",
                        "# What this conversation is about: experiment:exp_42",
                        "read 1 of /e/exp_42 for " + session.owner());
    }

    @Test
    void theStepsOfATurnAreToldTheSameAndTheNextTurnIsToldAnew() {
        String first = prompt("turn-0001");
        note("Grinds rye.");

        assertThat(prompt("turn-0001")).isEqualTo(first);
        assertThat(prompt("turn-0002")).contains("read 2 of", "Grinds rye.");

        now = now.plus(Duration.ofMinutes(1));
        assertThat(prompt("turn-0001")).contains("read 3 of", "Grinds rye.");
    }

    @Test
    void goesOnWithoutASourceThatIsDown() {
        isDown = true;
        assertThat(prompt("turn-0001")).contains("Its state could not be had just now");
        assertThat(prompt("turn-0001")).isNotEmpty();
        assertThat(READS).as("once a turn").hasValue(1);

        give("{\"status\":\"running\"}");
        assertThat(prompt("turn-0002"))
                .contains("this is how it was at 2026-01-01T00:00:00Z", "{\"status\":\"running\"}");

        give("{}");
        assertThat(prompt("turn-0003")).contains("Its state could not be had just now");

        isDown = false;
        assertThat(prompt("turn-0004")).contains("Its state now.", "read 4 of");
    }

    @Test
    void takesWhatWasGivenWhereThereIsNoSource() {
        session = session("mill:1");
        assertThat(prompt("turn-0001")).endsWith("# What this conversation is about: mill:1");

        give("{\"grain\":\"rye\"}");
        assertThat(prompt("turn-0002")).contains("How it was at 2026", "{\"grain\":\"rye\"}");
        assertThat(READS).hasValue(0);
    }

    @Test
    void saysNothingOfWhatIsNotThereOrSwitchedOff() {
        session = session(null);
        assertThat(prompt("turn-0001")).isEqualTo("You help with .\n\nToday is 2026-01-01 (UTC).");

        session = session("experiment:exp_42");
        notes.writeProfile(session.owner(), "I run the mill.", now);
        note("Grinds rye.");
        change(
                Map.of(
                        ContextProvider.DATE, false,
                        ContextProvider.PROFILE, false,
                        ContextProvider.MEMORY, false,
                        ContextProvider.SUBJECT, false));
        assertThat(prompt("turn-0002")).isEqualTo("You help with experiment:exp_42.");
        assertThat(READS).hasValue(0);

        change(Map.of(ContextProvider.PROFILE, true, ContextProvider.MCP, false));
        assertThat(prompt("turn-0003")).contains("I run the mill.").doesNotContain("rye");
        assertThat(session.off())
                .isEqualTo(
                        Set.of(
                                ContextProvider.DATE,
                                ContextProvider.MCP,
                                ContextProvider.MEMORY,
                                ContextProvider.SUBJECT));
    }

    @Test
    void tellsNoMoreThanTheAssistantsLimits() {
        notes.writeProfile(session.owner(), "p".repeat(101), now);
        give("{\"a\":\"" + "s".repeat(100) + "\"}");
        isDown = true;
        note("n".repeat(100));

        assertThat(prompt("turn-0001"))
                .contains("p".repeat(100) + "\n(cut: it has 101 characters)")
                .contains("s".repeat(94) + "\n(cut: it has 108 characters)")
                .contains("(cut: 1 older notes are left out)")
                .doesNotContain("nnn");
    }

    private String prompt(String turn) {
        Assistant assistant = catalog.assistant("workbench").orElseThrow();
        return context.systemPrompt(
                new Turn(
                        new TurnId(turn),
                        session.id(),
                        session.owner(),
                        Set.of(),
                        TurnStatus.RUNNING,
                        new MessageId("answer"),
                        1,
                        "hash",
                        new Turn.Choice(assistant.name(), "m", ReasoningEffort.NONE),
                        0,
                        now,
                        null,
                        null),
                assistant,
                session);
    }

    private void note(String text) {
        assertThat(
                        notes.add(
                                session.owner(),
                                new NoteId("note_%016x".formatted(RANDOM.nextLong())),
                                text,
                                Note.Term.LONG,
                                now))
                .isInstanceOf(UserNotes.Added.Now.class);
    }

    private void give(String json) {
        session = sessions.configure(session, new ContextChange(Map.of(), json), now).orElseThrow();
    }

    private void change(Map<ContextProvider, Boolean> switches) {
        session = sessions.configure(session, new ContextChange(switches, null), now).orElseThrow();
    }

    private Session session(@Nullable String subject) {
        String id = "%016x".formatted(RANDOM.nextLong());
        return switch (sessions.create(
                new SessionId(id),
                new UserId("user-" + id),
                subject,
                null,
                Preferences.NONE,
                now)) {
            case SessionStore.Created.Now(Session created) -> created;
            case SessionStore.Created other -> throw new AssertionError(other);
        };
    }
}
