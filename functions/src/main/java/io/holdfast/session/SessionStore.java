package io.holdfast.session;

import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Conversations in the record.
 *
 * <p>Items under {@code SESSION#<id>}: {@code SESSION}; {@code ABOUT}, what a client said of the
 * subject. A user's conversations are listed by the index {@value #INDEX}.
 */
public final class SessionStore {
    private static final String ABOUT = "ABOUT";
    private static final String INDEX = "ByOwner";

    /** How often a beginning that others crossed is tried again. */
    private static final int CROSSINGS = 5;

    private final RecordTable table;
    private final Subjects subjects;

    /** The conversations in this table. */
    public SessionStore(RecordTable table) {
        this.table = table;
        this.subjects = new Subjects(table);
    }

    /** Finds a conversation for a user. The only place where ownership is checked. */
    public Access find(SessionId id, UserId user, Instant now) {
        Optional<Item> item = SessionItems.find(table, id);
        if (item.isEmpty()) {
            return new Access.Absent(Session.fresh(id, user, now));
        }
        Session stored = SessionItems.decode(id, item.get());
        return stored.owner().equals(user) && !SessionItems.isDeleted(item.get())
                ? new Access.Granted(stored)
                : new Access.Foreign();
    }

    /** A conversation for those who look after it, whose ever it is; empty if it is deleted. */
    public Optional<Session> read(SessionId id) {
        return SessionItems.find(table, id)
                .filter(item -> !SessionItems.isDeleted(item))
                .map(item -> SessionItems.decode(id, item));
    }

    /** What became of creating a conversation. */
    public sealed interface Created {
        /** It is new. */
        record Now(Session session) implements Created {}

        /** The user has it already: of this id, or about this subject. */
        record Before(Session session) implements Created {}

        /** The id is somebody else's. */
        record Foreign() implements Created {}

        /** The id is that of another conversation of the user's, which is not about the subject. */
        record Mismatch() implements Created {}
    }

    /**
     * Creates a conversation, or finds the one that the user has about the subject.
     *
     * @param subject absent if it is about nothing in particular
     * @param title absent if there is none yet
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Created create(
            SessionId id,
            UserId user,
            @Nullable String subject,
            @Nullable String title,
            Preferences preferences,
            Instant now) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<SessionId> known =
                    subject == null ? Optional.empty() : subjects.find(user, subject);
            Optional<Session> about = known.flatMap(other -> granted(other, user, now));
            if (about.isPresent()) {
                return new Created.Before(about.get());
            }
            switch (find(id, user, now)) {
                case Access.Foreign() -> {
                    return new Created.Foreign();
                }
                case Access.Granted(Session session) -> {
                    return subject == null || subject.equals(session.subject())
                            ? new Created.Before(session)
                            : new Created.Mismatch();
                }
                case Access.Absent(Session fresh) -> {
                    List<TransactWriteItem> writes = new ArrayList<>();
                    writes.add(creating(fresh, subject, title, preferences, now));
                    if (subject != null) {
                        writes.add(subjects.claiming(user, subject, id, known));
                    }
                    if (table.transact(writes)) {
                        return granted(id, user, now)
                                .<Created>map(Created.Now::new)
                                .orElseGet(Created.Foreign::new);
                    }
                }
            }
        }
        throw new IllegalStateException("Others crossed the beginning of a session");
    }

    private TransactWriteItem creating(
            Session fresh,
            @Nullable String subject,
            @Nullable String title,
            Preferences preferences,
            Instant now) {
        Item item =
                Item.at(SessionItems.pk(fresh.id()), SessionItems.SESSION)
                        .text("owner", fresh.owner().value())
                        .text("subject", subject)
                        .text("title", title)
                        .text("assistant", preferences.assistant())
                        .text("model", preferences.model())
                        .text("effort", preferences.effort())
                        .text("cuts", Cuts.NONE.encode())
                        .number("next", 0)
                        .number("version", 1)
                        .time("createdAt", now)
                        .time("updatedAt", now)
                        .text(SessionItems.LISTED_BY, SessionItems.listedBy(fresh.owner()))
                        .time(SessionItems.LISTED_AT, now);
        if (title != null) {
            item.number("renamed", 1);
        }
        return table.creating(item);
    }

    private Optional<Session> granted(SessionId id, UserId user, Instant now) {
        return find(id, user, now) instanceof Access.Granted(Session session)
                ? Optional.of(session)
                : Optional.empty();
    }

    /**
     * Some conversations.
     *
     * @param next where the next page begins, absent after the last
     */
    public record Listed(List<Session> sessions, @Nullable Place next) {
        public Listed {
            sessions = List.copyOf(sessions);
        }
    }

    /** A place in the list of a user's conversations. */
    public record Place(Instant at, SessionId session) {}

    /**
     * A user's conversations, those first in which something happened last; one that has just begun
     * may lag behind.
     */
    public Listed list(UserId user, int limit, @Nullable Place after) {
        RecordTable.Page page =
                table.latest(
                        INDEX,
                        SessionItems.LISTED_BY,
                        SessionItems.listedBy(user),
                        SessionItems.LISTED_AT,
                        limit,
                        after == null
                                ? null
                                : Item.at(SessionItems.pk(after.session()), SessionItems.SESSION)
                                        .text(SessionItems.LISTED_BY, SessionItems.listedBy(user))
                                        .time(SessionItems.LISTED_AT, after.at())
                                        .attributes());
        List<Session> sessions =
                page.items().stream()
                        .map(item -> SessionItems.id(item.text("pk")))
                        .map(
                                id ->
                                        SessionItems.find(table, id)
                                                .map(item -> SessionItems.decode(id, item)))
                        .flatMap(Optional::stream)
                        // Whose it is now counts, not what the index says.
                        .filter(session -> session.owner().equals(user))
                        .toList();
        if (page.next() == null || page.items().isEmpty()) {
            return new Listed(sessions, null);
        }
        Item last = page.items().getLast();
        return new Listed(
                sessions,
                new Place(last.time(SessionItems.LISTED_AT), SessionItems.id(last.text("pk"))));
    }

    /** Gives a conversation another title; empty if it is not there any more. */
    public Optional<Session> rename(Session session, String title) {
        return table.update(
                        SessionItems.pk(session.id()),
                        SessionItems.SESSION,
                        new Change(
                                "SET title = :title, renamed = :renamed",
                                "#owner = :owner AND attribute_not_exists(deletedAt)",
                                List.of("owner"),
                                Item.empty()
                                        .text("title", title)
                                        .number("renamed", 1)
                                        .text("owner", session.owner().value())))
                .map(item -> SessionItems.decode(session.id(), item));
    }

    /** Whether a conversation that its owner's list shows has no title but its first words. */
    public boolean wantsTitle(SessionId id) {
        return SessionItems.find(table, id)
                .filter(
                        item ->
                                item.optionalText(SessionItems.LISTED_BY).isPresent()
                                        && !SessionItems.isDeleted(item)
                                        && item.optionalNumber("renamed").isEmpty()
                                        && item.optionalNumber("entitled").isEmpty())
                .isPresent();
    }

    /** Gives a conversation the title that a model wrote; false if it has one, or is gone. */
    public boolean entitle(SessionId id, String title) {
        return table.update(
                        SessionItems.pk(id),
                        SessionItems.SESSION,
                        new Change(
                                "SET title = :title, entitled = :entitled",
                                "attribute_exists(pk) AND attribute_not_exists(deletedAt) AND"
                                        + " attribute_not_exists(renamed) AND"
                                        + " attribute_not_exists(entitled)",
                                List.of(),
                                Item.empty().text("title", title).number("entitled", 1)))
                .isPresent();
    }

    /**
     * Changes what goes into a conversation's system prompts; empty if it is not there any more.
     *
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Optional<Session> configure(Session session, ContextChange change, Instant now) {
        if (change.isNothing()) {
            return Optional.of(session);
        }
        Change switching = switching(session, change.switches());
        if (change.subject() == null) {
            return table.update(SessionItems.pk(session.id()), SessionItems.SESSION, switching)
                    .map(item -> SessionItems.decode(session.id(), item));
        }
        List<TransactWriteItem> writes =
                List.of(
                        table.changing(
                                SessionItems.pk(session.id()), SessionItems.SESSION, switching),
                        table.putting(
                                Item.at(SessionItems.pk(session.id()), ABOUT)
                                        .text("json", change.subject())
                                        .time("givenAt", now)));
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            boolean isWritten = table.transact(writes);
            Optional<Session> found = granted(session.id(), session.owner(), now);
            if (isWritten || found.isEmpty() || !found.get().isStored()) {
                return found;
            }
        }
        throw new IllegalStateException("Others crossed the change of a session's context");
    }

    private static Change switching(Session session, Map<ContextProvider, Boolean> switches) {
        List<String> on = new ArrayList<>();
        List<String> off = new ArrayList<>();
        Item values = Item.empty().text("owner", session.owner().value());
        switches.forEach(
                (provider, isOn) -> {
                    if (isOn) {
                        on.add(SessionItems.OFF + provider.wireName());
                    } else {
                        off.add(SessionItems.OFF + provider.wireName() + " = :one");
                        values.number("one", 1);
                    }
                });
        return new Change(
                (on.isEmpty() ? "" : "REMOVE " + String.join(", ", on))
                        + (off.isEmpty() ? "" : " SET " + String.join(", ", off)),
                "#owner = :owner AND attribute_not_exists(deletedAt)",
                List.of("owner"),
                values);
    }

    /** What a client said of a conversation's subject; empty if none did, or it was taken back. */
    public Optional<GivenSubject> given(SessionId session) {
        return table.get(SessionItems.pk(session), ABOUT)
                .map(item -> new GivenSubject(item.text("json"), item.time("givenAt")))
                .filter(given -> !given.json().equals("{}"));
    }

    /** Whose a conversation is now; empty if there is none. */
    public Optional<UserId> owner(SessionId id) {
        return SessionItems.find(table, id).map(item -> new UserId(item.text("owner")));
    }

    /** What a user may do with a conversation. */
    public sealed interface Access {
        /** It is the user's. */
        record Granted(Session session) implements Access {}

        /** There is none of this id; the user may begin it. */
        record Absent(Session fresh) implements Access {}

        /** It belongs to somebody else, or is deleted. */
        record Foreign() implements Access {}
    }
}
