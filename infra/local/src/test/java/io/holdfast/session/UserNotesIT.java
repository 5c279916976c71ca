package io.holdfast.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.dynamo.TestTable;
import io.holdfast.platform.Pause;
import io.holdfast.platform.UserId;
import io.holdfast.session.UserNotes.Added;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Notes in a real DynamoDB Local, whose TTL deletes nothing: so what is expired is still there. */
@Tag("side-by-side")
final class UserNotesIT {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.5Z");

    private static TestTable table;
    private static UserNotes notes;

    @BeforeAll
    static void start() throws IOException {
        table = TestTable.start();
        notes = new UserNotes(table.record(), Pause.REAL, new Random(1));
    }

    @AfterAll
    static void stop() {
        table.close();
    }

    @Test
    void middleTermNotesAreForgottenAfterThirtyDaysAndLongTermOnesAreNot() {
        UserId user = new UserId("forgetful");
        Note mid = added(user, "note-mid", "Grinds rye.", Note.Term.MID, NOW);
        Note kept = added(user, "note-long", "Is called Al.", Note.Term.LONG, NOW);
        assertThat(mid.expiresAt()).isEqualTo(Instant.parse("2026-01-31T00:00:00Z"));
        assertThat(kept.expiresAt()).isNull();

        Instant before = NOW.plus(Duration.ofDays(30)).minusSeconds(2);
        assertThat(notes.list(user, before)).containsExactlyInAnyOrder(mid, kept);

        Instant after = NOW.plus(Duration.ofDays(30));
        assertThat(notes.list(user, after)).containsExactly(kept);
        assertThat(notes.change(user, mid.id(), "x", null, after)).isEmpty();
        assertThat(notes.delete(user, mid.id(), after)).isEmpty();
        assertThat(notes.add(user, new NoteId("note-again"), mid.text(), Note.Term.MID, after))
                .isInstanceOf(Added.Now.class);
    }

    @Test
    void whatIsWrittenAgainIsKeptAnew() {
        UserId user = new UserId("writing");
        Note mid = added(user, "note-mid", "Grinds rye.", Note.Term.MID, NOW);
        Note other = added(user, "note-other", "Other.", Note.Term.LONG, NOW.plusSeconds(1));
        Instant later = NOW.plus(Duration.ofDays(20));

        Note changed = notes.change(user, mid.id(), "Grinds wheat.", null, later).orElseThrow();

        assertThat(changed)
                .isEqualTo(
                        new Note(
                                mid.id(),
                                "Grinds wheat.",
                                Note.Term.MID,
                                NOW,
                                later,
                                Instant.parse("2026-02-20T00:00:00Z")));
        assertThat(notes.list(user, later)).containsExactly(changed, other);

        Note kept = notes.change(user, mid.id(), null, Note.Term.LONG, later).orElseThrow();
        assertThat(kept.text()).isEqualTo("Grinds wheat.");
        assertThat(notes.list(user, NOW.plus(Duration.ofDays(4_000)))).containsExactly(kept, other);

        notes.change(user, mid.id(), null, Note.Term.MID, later);
        assertThat(notes.list(user, later.plus(Duration.ofDays(30)))).containsExactly(other);
    }

    @Test
    void theSameWordsAreTheSameNote() {
        UserId user = new UserId("repeating");
        Note note = added(user, "note-first", "Grinds rye.", Note.Term.MID, NOW);

        assertThat(notes.add(user, new NoteId("note-second"), note.text(), Note.Term.LONG, NOW))
                .isEqualTo(new Added.Before(note));
        assertThat(notes.list(user, NOW)).containsExactly(note);
    }

    @Test
    void thereIsNeverMoreThanThereIsRoomForThoughManyComeAtOnce() throws Exception {
        UserId user = new UserId("hasty");
        for (int i = 0; i < UserNotes.MAX_NOTES - 2; i++) {
            added(user, "note-%04d".formatted(i), "Note " + i, Note.Term.LONG, NOW);
        }
        Note last = added(user, "note-old0", "Old.", Note.Term.MID, NOW.minus(Duration.ofDays(40)));
        assertThat(last.expiresAt()).isBefore(NOW);

        List<Future<Added>> coming = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 6; i++) {
                int which = i;
                coming.add(
                        threads.submit(
                                () ->
                                        notes.add(
                                                user,
                                                new NoteId("note-new" + which),
                                                "New " + which,
                                                Note.Term.LONG,
                                                NOW)));
            }
        }

        int isNow = 0;
        for (Future<Added> one : coming) {
            switch (one.get()) {
                case Added.Now now -> isNow++;
                case Added.Full() -> {}
                case Added.Before before -> throw new AssertionError(before);
            }
        }
        assertThat(isNow).as("what has expired takes no room").isEqualTo(2);
        assertThat(notes.list(user, NOW)).hasSize(UserNotes.MAX_NOTES);

        notes.delete(user, new NoteId("note-0000"), NOW);
        added(user, "note-last", "At last.", Note.Term.LONG, NOW);
    }

    @Test
    void aUserHasTheirOwnAlone() {
        UserId user = new UserId("al");
        Note note = added(user, "note-mine", "Mine.", Note.Term.LONG, NOW);
        notes.writeProfile(user, "I am Al.", NOW);

        for (UserId other : List.of(new UserId("a"), new UserId("al#NOTE"), new UserId("alan"))) {
            assertThat(notes.list(other, NOW)).isEmpty();
            assertThat(notes.profile(other)).isEmpty();
            assertThat(notes.change(other, note.id(), "Yours.", null, NOW)).isEmpty();
            assertThat(notes.delete(other, note.id(), NOW)).isEmpty();
        }
        assertThat(notes.profile(user)).contains(new Profile("I am Al.", NOW));
        assertThat(notes.delete(user, note.id(), NOW)).contains(note);
        assertThat(notes.delete(user, note.id(), NOW)).isEmpty();
    }

    private static Note added(UserId user, String id, String text, Note.Term term, Instant now) {
        return switch (notes.add(user, new NoteId(id), text, term, now)) {
            case Added.Now(Note note) -> note;
            case Added.Before before -> throw new AssertionError(before);
            case Added.Full full -> throw new AssertionError(full);
        };
    }
}
