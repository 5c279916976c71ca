package io.holdfast.session;

import io.holdfast.platform.Item;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What is remembered about users: their profile, and notes.
 *
 * <p>Items under {@code USER#<id>}: {@code PROFILE}, {@code NOTE#<id>} for each note, and {@code
 * NOTEBOOK}, whose version counts the notes that were ever added, so that two that are added at
 * once cannot both be the last that there is room for.
 */
public final class UserNotes {
    /** All notes go into a prompt, as far as there is room: more would never be read. */
    public static final int MAX_NOTES = 100;

    /** Of one note. */
    public static final int MAX_NOTE_CHARACTERS = 1_000;

    /** Of a profile. */
    public static final int MAX_PROFILE_CHARACTERS = 4_000;

    private static final String PROFILE = "PROFILE";
    private static final String NOTE = "NOTE#";
    private static final String NOTEBOOK = "NOTEBOOK";

    /** How often a write that others crossed is tried again: a user has few hands. */
    private static final int CROSSINGS = 10;

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

    private final RecordTable table;
    private final Pause pause;
    private final RandomGenerator random;

    /**
     * The notes in this table.
     *
     * @param pause waits before a write that others crossed is tried again
     */
    public UserNotes(RecordTable table, Pause pause, RandomGenerator random) {
        this.table = table;
        this.pause = pause;
        this.random = random;
    }

    /** A user's profile; empty if there is none. */
    public Optional<Profile> profile(UserId user) {
        return table.get(pk(user), PROFILE)
                .map(item -> new Profile(item.text("text"), item.time("updatedAt")));
    }

    /** Writes a user's profile anew. The last word counts. */
    public Profile writeProfile(UserId user, String text, Instant now) {
        Profile profile = new Profile(text, now);
        table.put(
                Item.at(pk(user), PROFILE)
                        .text("text", profile.text())
                        .time("updatedAt", profile.updatedAt()));
        return profile;
    }

    /** A user's notes, those first that were written last. */
    public List<Note> list(UserId user, Instant now) {
        return table.all(pk(user), NOTE).stream()
                .filter(item -> !item.isExpired(now))
                .map(UserNotes::decode)
                .sorted(
                        Comparator.comparing(Note::updatedAt)
                                .reversed()
                                .thenComparing(note -> note.id().value()))
                .toList();
    }

    /** What became of adding a note. */
    public sealed interface Added {
        /** It is new. */
        record Now(Note note) implements Added {}

        /** There is one in the same words, which stays as it is. */
        record Before(Note note) implements Added {}

        /** There are {@value #MAX_NOTES}. */
        record Full() implements Added {}
    }

    /**
     * Adds a note, unless there is one in the same words.
     *
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Added add(UserId user, NoteId id, String text, Note.Term term, Instant now) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            // Before the notes are counted: whoever adds one meanwhile is seen by it.
            Optional<Item> notebook = table.get(pk(user), NOTEBOOK);
            List<Note> notes = list(user, now);
            Optional<Note> same =
                    notes.stream().filter(note -> note.text().equals(text)).findFirst();
            if (same.isPresent()) {
                return new Added.Before(same.get());
            }
            if (notes.size() >= MAX_NOTES) {
                return new Added.Full();
            }
            Note note = new Note(id, text, term, now, now, term.expiry(now));
            if (table.transact(
                    List.of(counting(user, notebook), table.creating(encode(user, note, 1))))) {
                return new Added.Now(note);
            }
            pause();
        }
        throw new IllegalStateException("Others crossed the adding of a note");
    }

    private TransactWriteItem counting(UserId user, Optional<Item> notebook) {
        if (notebook.isEmpty()) {
            return table.creating(Item.at(pk(user), NOTEBOOK).number("version", 1));
        }
        long known = notebook.get().number("version");
        return table.changing(
                pk(user),
                NOTEBOOK,
                new Change(
                        "SET version = :version",
                        "version = :known",
                        List.of(),
                        Item.empty().number("version", known + 1).number("known", known)));
    }

    /**
     * Changes a note; one of middle term is kept for 30 days from now. Empty if there is none.
     *
     * @param text absent if it stays as it is
     * @param term absent if it stays as it is
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Optional<Note> change(
            UserId user, NoteId id, @Nullable String text, Note.@Nullable Term term, Instant now) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<Item> found = find(user, id, now);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            Note before = decode(found.get());
            Note.Term kept = term == null ? before.term() : term;
            Note note =
                    new Note(
                            id,
                            text == null ? before.text() : text,
                            kept,
                            before.createdAt(),
                            now,
                            kept.expiry(now));
            if (rewrite(user, note, found.get().number("version"))) {
                return Optional.of(note);
            }
            pause();
        }
        throw new IllegalStateException("Others crossed the change of a note");
    }

    private boolean rewrite(UserId user, Note note, long known) {
        Item values =
                Item.empty()
                        .text("text", note.text())
                        .text("term", note.term().wireName())
                        .time("updatedAt", note.updatedAt())
                        .number("version", known + 1)
                        .number("known", known);
        String set = "SET #text = :text, #term = :term, updatedAt = :updatedAt, version = :version";
        if (note.expiresAt() != null) {
            values.expiresAt(note.expiresAt());
        }
        return table.update(
                        pk(user),
                        NOTE + note.id(),
                        new Change(
                                note.expiresAt() == null
                                        ? set + " REMOVE expiresAt"
                                        : set + ", expiresAt = :expiresAt",
                                "version = :known",
                                List.of("text", "term"),
                                values))
                .isPresent();
    }

    /** Deletes a note, and returns it as it was; empty if there is none. */
    public Optional<Note> delete(UserId user, NoteId id, Instant now) {
        Optional<Note> note = find(user, id, now).map(UserNotes::decode);
        note.ifPresent(there -> table.delete(pk(user), NOTE + id));
        return note;
    }

    /** Forgets all that is remembered about a user, who must not write any more. */
    public void forget(UserId user) {
        // With the notebook; there are little more than a hundred.
        table.deleteAll(pk(user), "NOTE");
        table.delete(pk(user), PROFILE);
    }

    private Optional<Item> find(UserId user, NoteId id, Instant now) {
        return table.get(pk(user), NOTE + id).filter(item -> !item.isExpired(now));
    }

    private void pause() {
        pause.pause(Duration.ofMillis(random.nextLong(LONGEST_PAUSE.toMillis())));
    }

    private static Item encode(UserId user, Note note, long version) {
        Item item =
                Item.at(pk(user), NOTE + note.id())
                        .text("text", note.text())
                        .text("term", note.term().wireName())
                        .time("createdAt", note.createdAt())
                        .time("updatedAt", note.updatedAt())
                        .number("version", version);
        return note.expiresAt() == null ? item : item.expiresAt(note.expiresAt());
    }

    private static Note decode(Item item) {
        return new Note(
                new NoteId(item.text("sk").substring(NOTE.length())),
                item.text("text"),
                Note.Term.of(item.text("term")).orElseThrow(),
                item.time("createdAt"),
                item.time("updatedAt"),
                item.optionalNumber("expiresAt").map(Instant::ofEpochSecond).orElse(null));
    }

    private static String pk(UserId user) {
        return "USER#" + user;
    }
}
