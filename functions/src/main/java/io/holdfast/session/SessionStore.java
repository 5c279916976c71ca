package io.holdfast.session;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.Slices;
import io.holdfast.platform.Texts;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Conversations and their messages in the record.
 *
 * <p>Items under {@code SESSION#<id>}: {@code SESSION}, and {@code MESSAGE#<position>} for each
 * message; a long message goes on in {@code MESSAGE#<position>#<slice>}, because an item holds 400
 * KB at most (DynamoDB, "Service quotas"); {@code ABOUT}, what a client said of the subject. Under
 * {@code USER#<id>}: {@code SUBJECT#<subject>}, with the session that is about it. A user's
 * sessions are listed by the index {@value #INDEX}.
 */
public final class SessionStore {
    private static final String SESSION = "SESSION";
    private static final String SUBJECT = "SUBJECT#";
    private static final String ABOUT = "ABOUT";
    private static final String OFF = "off_";
    private static final String INDEX = "ByOwner";
    private static final String LISTED_BY = "listedBy";
    private static final String LISTED_AT = "listedAt";
    private static final String DELETED = "deletedAt";

    /** Of the first message, so much is a title until there is a better one. */
    private static final int TITLE_CHARACTERS = 80;

    /** As long as a turn's stream is kept after its end. */
    private static final Duration OFF_RECORD_LIFE = Duration.ofHours(1);

    /** How often a beginning that others crossed is tried again. */
    private static final int CROSSINGS = 5;

    private final RecordTable table;
    private final HandoverStore handovers;

    /** The conversations in this table. */
    public SessionStore(RecordTable table) {
        this.table = table;
        this.handovers = new HandoverStore(table);
    }

    /** Finds a conversation for a user. The only place where ownership is checked. */
    public Access find(SessionId id, UserId user, Instant now) {
        Optional<Item> item = table.get(pk(id), SESSION);
        if (item.isEmpty()) {
            return new Access.Absent(Session.fresh(id, user, now));
        }
        Session stored = decode(id, item.get());
        return stored.owner().equals(user) && item.get().optionalNumber(DELETED).isEmpty()
                ? new Access.Granted(stored)
                : new Access.Foreign();
    }

    /** A conversation for those who look after it, whose ever it is; empty if it is deleted. */
    public Optional<Session> read(SessionId id) {
        return table.get(pk(id), SESSION)
                .filter(item -> item.optionalNumber(DELETED).isEmpty())
                .map(item -> decode(id, item));
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
            Optional<SessionId> known = subject == null ? Optional.empty() : about(user, subject);
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
                        writes.add(claiming(user, subject, id, known));
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
                Item.at(pk(fresh.id()), SESSION)
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
                        .text(LISTED_BY, listedBy(fresh.owner()))
                        .time(LISTED_AT, now);
        if (title != null) {
            item.number("renamed", 1);
        }
        return table.creating(item);
    }

    /** The write that says which session is about a subject: there is one. */
    private TransactWriteItem claiming(
            UserId user, String subject, SessionId session, Optional<SessionId> gone) {
        if (gone.isEmpty()) {
            return table.creating(
                    Item.at(userPk(user), SUBJECT + subject).text("session", session.value()));
        }
        return table.changing(
                userPk(user),
                SUBJECT + subject,
                new Change(
                        "SET #session = :session",
                        "#session = :gone",
                        List.of("session"),
                        Item.empty()
                                .text("session", session.value())
                                .text("gone", gone.get().value())));
    }

    private Optional<SessionId> about(UserId user, String subject) {
        return table.get(userPk(user), SUBJECT + subject)
                .map(item -> new SessionId(item.text("session")));
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
                        LISTED_BY,
                        listedBy(user),
                        LISTED_AT,
                        limit,
                        after == null
                                ? null
                                : Item.at(pk(after.session()), SESSION)
                                        .text(LISTED_BY, listedBy(user))
                                        .time(LISTED_AT, after.at())
                                        .attributes());
        List<Session> sessions =
                page.items().stream()
                        .map(item -> id(item.text("pk")))
                        .map(id -> table.get(pk(id), SESSION).map(item -> decode(id, item)))
                        .flatMap(Optional::stream)
                        // Whose it is now counts, not what the index says.
                        .filter(session -> session.owner().equals(user))
                        .toList();
        if (page.next() == null || page.items().isEmpty()) {
            return new Listed(sessions, null);
        }
        Item last = page.items().getLast();
        return new Listed(sessions, new Place(last.time(LISTED_AT), id(last.text("pk"))));
    }

    /** Gives a conversation another title; empty if it is not there any more. */
    public Optional<Session> rename(Session session, String title) {
        return table.update(
                        pk(session.id()),
                        SESSION,
                        new Change(
                                "SET title = :title, renamed = :renamed",
                                "#owner = :owner AND attribute_not_exists(deletedAt)",
                                List.of("owner"),
                                Item.empty()
                                        .text("title", title)
                                        .number("renamed", 1)
                                        .text("owner", session.owner().value())))
                .map(item -> decode(session.id(), item));
    }

    /** Whether a conversation that its owner's list shows has no title but its first words. */
    public boolean wantsTitle(SessionId id) {
        return table.get(pk(id), SESSION)
                .filter(
                        item ->
                                item.optionalText(LISTED_BY).isPresent()
                                        && item.optionalNumber(DELETED).isEmpty()
                                        && item.optionalNumber("renamed").isEmpty()
                                        && item.optionalNumber("entitled").isEmpty())
                .isPresent();
    }

    /** Gives a conversation the title that a model wrote; false if it has one, or is gone. */
    public boolean entitle(SessionId id, String title) {
        return table.update(
                        pk(id),
                        SESSION,
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
            return table.update(pk(session.id()), SESSION, switching)
                    .map(item -> decode(session.id(), item));
        }
        List<TransactWriteItem> writes =
                List.of(
                        table.changing(pk(session.id()), SESSION, switching),
                        table.putting(
                                Item.at(pk(session.id()), ABOUT)
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
                        on.add(OFF + provider.wireName());
                    } else {
                        off.add(OFF + provider.wireName() + " = :one");
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
        return table.get(pk(session), ABOUT)
                .map(item -> new GivenSubject(item.text("json"), item.time("givenAt")))
                .filter(given -> !given.json().equals("{}"));
    }

    /** What became of claiming a conversation. */
    public sealed interface Claimed {
        /** It is the user's now. */
        record Now() implements Claimed {}

        /** It was the user's already. */
        record Before() implements Claimed {}

        /** A turn runs or waits, for the guest. */
        record Busy() implements Claimed {}

        /** The user has another conversation about its subject. */
        record OtherSubject() implements Claimed {}

        /** There is none of this id that is the guest's. */
        record Absent() implements Claimed {}
    }

    /**
     * Makes a guest's conversation a user's, with all that is in it: whose its turns and operations
     * are follows from whose it is. That its turns move into the user's list is noted, for {@link
     * HandoverStore}.
     *
     * @param guest whose it has been, absent if nobody knows
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Claimed claim(SessionId id, @Nullable UserId guest, UserId user, Instant now) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<Item> stored =
                    table.get(pk(id), SESSION)
                            .filter(item -> item.optionalNumber(DELETED).isEmpty());
            if (stored.isEmpty()) {
                return new Claimed.Absent();
            }
            Session session = decode(id, stored.get());
            if (session.owner().equals(user)) {
                return new Claimed.Before();
            }
            if (guest == null || !session.owner().equals(guest)) {
                return new Claimed.Absent();
            }
            if (session.activeTurn() != null || session.queued() > 0) {
                return new Claimed.Busy();
            }
            List<TransactWriteItem> writes = new ArrayList<>();
            boolean isListed = stored.get().optionalText(LISTED_BY).isPresent();
            writes.add(handing(session, user, isListed));
            writes.add(handovers.beginning(id, session.owner(), now));
            String subject = session.subject();
            if (subject != null) {
                Optional<SessionId> known = about(user, subject);
                if (known.flatMap(other -> table.get(pk(other), SESSION)).isPresent()) {
                    return new Claimed.OtherSubject();
                }
                writes.add(claiming(user, subject, id, known));
                writes.add(table.deleting(userPk(session.owner()), SUBJECT + subject));
            }
            if (table.transact(writes)) {
                return new Claimed.Now();
            }
        }
        throw new IllegalStateException("Others crossed the claim of a session");
    }

    /**
     * The write that changes whose a conversation is, unless a turn has begun since.
     *
     * @param isListed whether its owner's list shows it: a job's it does not
     */
    private TransactWriteItem handing(Session session, UserId user, boolean isListed) {
        return table.changing(
                pk(session.id()),
                SESSION,
                new Change(
                        "SET #owner = :owner, version = :version"
                                + (isListed ? ", listedBy = :listedBy" : ""),
                        "version = :known AND #owner = :before AND"
                                + " attribute_not_exists(activeTurn)",
                        List.of("owner"),
                        Item.empty()
                                .text("owner", user.value())
                                .text("before", session.owner().value())
                                .text("listedBy", isListed ? listedBy(user) : null)
                                .number("known", session.version())
                                .number("version", session.version() + 1)));
    }

    /** Whose a conversation is now; empty if there is none. */
    public Optional<UserId> owner(SessionId id) {
        return table.get(pk(id), SESSION).map(item -> new UserId(item.text("owner")));
    }

    private static SessionId id(String pk) {
        return new SessionId(pk.substring("SESSION#".length()));
    }

    private static String listedBy(UserId user) {
        return "SESSIONS#" + user;
    }

    private static String userPk(UserId user) {
        return "USER#" + user;
    }

    /**
     * The newest messages of a conversation before a position, oldest first.
     *
     * @param before the position after the last message wanted
     * @param maxMessages how many at most
     * @param maxCharacters how many characters of JSON at most, in all; the newest are kept
     */
    public List<StoredMessage> messages(
            Session session, long before, int maxMessages, int maxCharacters) {
        Deque<StoredMessage> newest = new ArrayDeque<>();
        List<String> slices = new ArrayList<>();
        int characters = 0;
        Map<String, AttributeValue> after = null;
        if (before <= 0) {
            return List.of();
        }
        do {
            RecordTable.Page page =
                    table.query(
                            pk(session.id()),
                            messageSk(0),
                            messageSk(before - 1) + "#~",
                            false,
                            100,
                            after);
            for (Item item : page.items()) {
                // Backwards, so a message's last slice comes first.
                slices.addFirst(item.text("json"));
                if (item.text("sk").indexOf('#', "MESSAGE#".length()) >= 0) {
                    continue;
                }
                String json = String.join("", slices);
                slices.clear();
                long position = item.number("position");
                if (session.cuts().contain(position)) {
                    continue;
                }
                characters += json.length();
                if (newest.size() >= maxMessages || characters > maxCharacters) {
                    return List.copyOf(newest);
                }
                newest.addFirst(new StoredMessage(position, message(Json.readStored(json))));
            }
            after = page.next();
        } while (after != null);
        return List.copyOf(newest);
    }

    /** The message at a position, though it may have been cut since; empty if there is none. */
    public Optional<UiMessage> message(SessionId session, long position) {
        StringBuilder json = new StringBuilder();
        table.all(pk(session), messageSk(position)).forEach(item -> json.append(item.text("json")));
        return json.isEmpty()
                ? Optional.empty()
                : Optional.of(message(Json.readStored(json.toString())));
    }

    /**
     * The writes that begin a turn in a conversation: part of the transaction that stores the turn.
     *
     * @param before the conversation as it was read
     * @param cutFrom where the history is cut, absent if it is not
     * @param userMessage the message that starts the turn, absent when an answer is written again
     * @param preferences what is asked for from now on
     * @param kind how it comes to begin
     */
    public List<TransactWriteItem> beginTurn(
            Session before,
            TurnId turn,
            Preferences preferences,
            @Nullable Long cutFrom,
            @Nullable UiMessage userMessage,
            Beginning kind,
            Instant now) {
        Cuts cuts = cutFrom == null ? before.cuts() : before.cuts().from(cutFrom, before.next());
        List<TransactWriteItem> writes = new ArrayList<>();
        long next = before.next() + 1;
        if (userMessage != null) {
            writes.addAll(putMessage(before.id(), before.next(), userMessage));
            next++;
        }
        Item values =
                Item.empty()
                        .text("owner", before.owner().value())
                        .text("turn", turn.value())
                        .text("cuts", cuts.encode())
                        .number("next", next)
                        .number("version", before.version() + 1)
                        .time("createdAt", before.createdAt())
                        .time("updatedAt", now);
        String set =
                "SET #owner = :owner, activeTurn = :turn, latestTurn = :turn, cuts = :cuts,"
                        + " #next = :next, version = :version, createdAt = :createdAt,"
                        + " updatedAt = :updatedAt, listedAt = :updatedAt";
        if (kind == Beginning.QUEUED) {
            values.number("queued", before.queued() - 1);
            set += ", queued = :queued";
        }
        switch (kind) {
            case LISTED -> {
                values.text("listedBy", listedBy(before.owner()));
                set += ", listedBy = :listedBy";
            }
            case OFF_RECORD -> {
                values.text("shard", Checks.shardOf(Checks.Line.TURNS, before.id()))
                        .time("checkAt", now.plus(OFF_RECORD_LIFE));
                set += ", checkShard = :shard, nextCheckAt = :checkAt";
            }
            case UNLISTED, QUEUED -> {}
        }
        if (userMessage != null && !title(userMessage).isEmpty()) {
            values.text("title", title(userMessage));
            set += ", title = if_not_exists(title, :title)";
        }
        set += preference("assistant", preferences.assistant(), values);
        set += preference("model", preferences.model(), values);
        set += preference("effort", preferences.effort(), values);
        String condition = "attribute_not_exists(pk)";
        if (before.isStored()) {
            values.number("known", before.version());
            condition =
                    "version = :known AND attribute_not_exists(activeTurn) AND"
                            + " attribute_not_exists(deletedAt)";
        }
        writes.add(
                table.changing(
                        pk(before.id()),
                        SESSION,
                        new Change(set, condition, List.of("owner", "next"), values)));
        return writes;
    }

    /** How a turn comes to begin. */
    public enum Beginning {
        /** At once, in a conversation that its owner's list shows. */
        LISTED,
        /** At once, in one that the list does not show unless it did before. */
        UNLISTED,
        /** The same, and the conversation is deleted when nothing has happened in it for a time. */
        OFF_RECORD,
        /** As the next of those that wait. */
        QUEUED
    }

    /**
     * The write that has one more turn wait in a conversation: part of the transaction that stores
     * the turn. It fails if the conversation has changed, so also if the active turn has ended.
     */
    public TransactWriteItem queueing(Session before) {
        return queued(before, before.queued() + 1, before.activeTurn());
    }

    /** The write that has one less wait. */
    public TransactWriteItem unqueueing(Session before) {
        return queued(before, before.queued() - 1, null);
    }

    private TransactWriteItem queued(Session before, long queued, @Nullable TurnId active) {
        String condition = "version = :known AND attribute_not_exists(deletedAt)";
        return table.changing(
                pk(before.id()),
                SESSION,
                new Change(
                        "SET queued = :queued, version = :version",
                        active == null ? condition : condition + " AND activeTurn = :active",
                        List.of(),
                        Item.empty()
                                .number("queued", queued)
                                .number("known", before.version())
                                .number("version", before.version() + 1)
                                .text("active", active == null ? null : active.value())));
    }

    /** A title for a conversation that begins with this message; empty if it has no words. */
    private static String title(UiMessage message) {
        String words =
                message.parts().stream()
                        .filter(MessagePart.Text.class::isInstance)
                        .map(part -> ((MessagePart.Text) part).text())
                        .collect(Collectors.joining(" "))
                        .strip()
                        .replaceAll("\\s+", " ");
        return words.length() <= TITLE_CHARACTERS
                ? words
                : Texts.beginning(words, TITLE_CHARACTERS - 1).strip() + "…";
    }

    private static String preference(String name, @Nullable String value, Item values) {
        if (value == null) {
            return "";
        }
        values.text(name, value);
        return ", %s = :%s".formatted(name, name);
    }

    /** Where the answer of a turn that begins now will stand. */
    public static long answerPosition(Session before, @Nullable UiMessage userMessage) {
        return before.next() + (userMessage == null ? 0 : 1);
    }

    /**
     * The writes that end a turn in a conversation: part of the transaction that ends the turn.
     *
     * @param answer the answer, absent if nothing was said
     */
    public List<TransactWriteItem> endTurn(
            SessionId session,
            TurnId turn,
            long answerPosition,
            @Nullable UiMessage answer,
            Instant now) {
        List<TransactWriteItem> writes = new ArrayList<>();
        if (answer != null) {
            writes.addAll(putMessage(session, answerPosition, answer));
        }
        writes.add(
                table.changing(
                        pk(session),
                        SESSION,
                        new Change(
                                "REMOVE activeTurn SET updatedAt = :updatedAt, listedAt ="
                                        + " :updatedAt ADD version :one",
                                "activeTurn = :turn",
                                List.of(),
                                Item.empty()
                                        .text("turn", turn.value())
                                        .number("one", 1)
                                        .time("updatedAt", now))));
        return writes;
    }

    /**
     * A conversation that is to go.
     *
     * @param isDeleted whether nobody sees it any more; else it is off the record
     * @param isCleared whether it is cleared once: what may still have been needed is left
     */
    public record Going(
            SessionId id,
            UserId owner,
            @Nullable TurnId activeTurn,
            boolean isDeleted,
            boolean isCleared) {}

    /** A conversation that the sweeper looks at, or that was just deleted; empty if none. */
    public Optional<Going> going(SessionId id) {
        return table.get(pk(id), SESSION)
                .filter(item -> item.optionalText(Checks.SHARD).isPresent())
                .map(
                        item ->
                                new Going(
                                        id,
                                        new UserId(item.text("owner")),
                                        item.optionalText("activeTurn")
                                                .map(TurnId::new)
                                                .orElse(null),
                                        item.optionalNumber(DELETED).isPresent(),
                                        item.optionalNumber("clearedAt").isPresent()));
    }

    /**
     * Deletes a conversation for its owner, who does not see it any more from now on; what belongs
     * to it goes later.
     *
     * @param idleSince if given, only if nothing has happened in it since
     * @return false if it is not there any more, or something has happened
     */
    public boolean delete(SessionId id, UserId owner, @Nullable Instant idleSince, Instant now) {
        String condition = "#owner = :owner AND attribute_not_exists(deletedAt)";
        Optional<Item> deleted =
                table.update(
                        pk(id),
                        SESSION,
                        new Change(
                                "SET deletedAt = :now, checkShard = :shard, nextCheckAt = :now"
                                        + " REMOVE listedBy, title ADD version :one",
                                idleSince == null
                                        ? condition
                                        : condition
                                                + " AND attribute_not_exists(activeTurn) AND"
                                                + " updatedAt <= :idle",
                                List.of("owner"),
                                Item.empty()
                                        .text("owner", owner.value())
                                        .text("shard", Checks.shardOf(Checks.Line.TURNS, id))
                                        .time("now", now)
                                        .time("idle", idleSince)
                                        .number("one", 1)));
        deleted.flatMap(item -> item.optionalText("subject"))
                .ifPresent(
                        subject ->
                                table.deleteIf(
                                        userPk(owner), SUBJECT + subject, "session", id.value()));
        return deleted.isPresent();
    }

    /** Forgets what a user's conversations were about who has none any more. */
    public void forgetSubjects(UserId user) {
        table.deleteAll(userPk(user), SUBJECT);
    }

    /**
     * Removes what belongs to a deleted conversation: everything but what tells of its turns and
     * operations.
     */
    public void clear(SessionId id) {
        remove(id, sk -> !sk.startsWith("TURN#") && !sk.startsWith("OPERATION#"));
    }

    private void remove(SessionId id, Predicate<String> isMeant) {
        Map<String, AttributeValue> after = null;
        do {
            RecordTable.Page page =
                    table.query(pk(id), " ", String.valueOf(Character.MAX_VALUE), true, 100, after);
            page.items().stream()
                    .map(item -> item.text("sk"))
                    .filter(sk -> !sk.equals(SESSION) && isMeant.test(sk))
                    .forEach(sk -> table.delete(pk(id), sk));
            after = page.next();
        } while (after != null);
    }

    /** Notes that a deleted conversation is cleared, and when the rest of it goes. */
    public void cleared(SessionId id, Instant now, Instant next) {
        var _ =
                table.update(
                        pk(id),
                        SESSION,
                        new Change(
                                "SET clearedAt = :now, nextCheckAt = :next",
                                "attribute_exists(deletedAt)",
                                List.of(),
                                Item.empty().time("now", now).time("next", next)));
    }

    /** Notes when the sweeper looks at a conversation next. */
    public void checkAgain(SessionId id, Instant at) {
        var _ =
                table.update(
                        pk(id),
                        SESSION,
                        new Change(
                                "SET nextCheckAt = :at",
                                "attribute_exists(checkShard)",
                                List.of(),
                                Item.empty().time("at", at)));
    }

    /**
     * Removes the last of a deleted conversation. Its id stays taken for a time: what was sent
     * before and comes late must not begin another.
     */
    public void forget(SessionId id, Instant until) {
        remove(id, sk -> true);
        var _ =
                table.update(
                        pk(id),
                        SESSION,
                        new Change(
                                "SET expiresAt = :until REMOVE checkShard, nextCheckAt, subject,"
                                        + " latestTurn, activeTurn",
                                "attribute_exists(deletedAt)",
                                List.of(),
                                Item.empty().number("until", until.getEpochSecond())));
    }

    /** What became of changing a stored message. */
    public enum Changed {
        /** It is another now. */
        CHANGED,
        /** It is as it was. */
        AS_BEFORE,
        /** There is none, or it was cut away. */
        ABSENT
    }

    /**
     * Changes a stored message.
     *
     * @throws IllegalStateException if another change crossed this one: it can be tried again
     */
    public Changed change(SessionId id, long position, UnaryOperator<UiMessage> change) {
        List<Item> slices = table.all(pk(id), messageSk(position));
        boolean isCut =
                table.get(pk(id), SESSION)
                        .map(item -> decode(id, item).cuts().contain(position))
                        .orElse(true);
        if (slices.isEmpty() || isCut) {
            return Changed.ABSENT;
        }
        String json = slices.stream().map(item -> item.text("json")).collect(Collectors.joining());
        UiMessage changed = change.apply(message(Json.readStored(json)));
        String changedJson = Json.write(UiMessageJson.write(changed));
        if (changedJson.equals(json)) {
            // Whoever puts a result into its place again and again need not write it again.
            return Changed.AS_BEFORE;
        }
        List<String> changedSlices = Slices.of(changedJson);
        List<TransactWriteItem> writes = putSlices(id, position, changedSlices);
        // A shorter one must not go on in what is left of the longer.
        List<Item> left = slices.subList(Math.min(writes.size(), slices.size()), slices.size());
        left.forEach(slice -> writes.add(table.deleting(pk(id), slice.text("sk"))));
        writes.set(0, rewriting(slices.getFirst(), changedSlices.getFirst()));
        if (!table.transact(writes)) {
            throw new IllegalStateException("Another write crossed the change of a message");
        }
        return Changed.CHANGED;
    }

    /**
     * The write that changes a message's first slice, if nobody has changed the message since it
     * was read: two results may come into one answer at once, and neither shall take the other out.
     */
    private TransactWriteItem rewriting(Item slice, String json) {
        long version = slice.optionalNumber("version").orElse(0L);
        return table.changing(
                slice.text("pk"),
                slice.text("sk"),
                new Change(
                        "SET json = :json, version = :version",
                        version == 0
                                ? "attribute_exists(pk) AND attribute_not_exists(version)"
                                : "version = :known",
                        List.of(),
                        version == 0
                                ? Item.empty().text("json", json).number("version", 1)
                                : Item.empty()
                                        .text("json", json)
                                        .number("version", version + 1)
                                        .number("known", version)));
    }

    private List<TransactWriteItem> putMessage(
            SessionId session, long position, UiMessage message) {
        return putSlices(session, position, Slices.of(Json.write(UiMessageJson.write(message))));
    }

    private List<TransactWriteItem> putSlices(
            SessionId session, long position, List<String> slices) {
        List<TransactWriteItem> writes = new ArrayList<>();
        for (int slice = 0; slice < slices.size(); slice++) {
            String sk = messageSk(position);
            Item item =
                    Item.at(pk(session), slice == 0 ? sk : sk + "#%03d".formatted(slice))
                            .number("position", position)
                            .text("json", slices.get(slice));
            writes.add(table.putting(item));
        }
        return writes;
    }

    /** A message that the record holds; {@link IllegalStateException} if it is not one. */
    public static UiMessage message(JsonNode json) {
        return switch (UiMessageJson.decode(json)) {
            case UiMessageJson.Decoded.Valid(UiMessage message) -> message;
            case UiMessageJson.Decoded.Invalid(String reason) ->
                    throw new IllegalStateException("A stored message is not valid: " + reason);
        };
    }

    private static Session decode(SessionId id, Item item) {
        return new Session(
                id,
                new UserId(item.text("owner")),
                item.optionalText("subject").orElse(null),
                item.optionalText("title").orElse(null),
                item.optionalText("activeTurn").map(TurnId::new).orElse(null),
                item.optionalText("latestTurn").map(TurnId::new).orElse(null),
                item.optionalNumber("queued").orElse(0L),
                item.number("next"),
                Cuts.decode(item.text("cuts")),
                new Preferences(
                        item.optionalText("assistant").orElse(null),
                        item.optionalText("model").orElse(null),
                        item.optionalText("effort").orElse(null)),
                Arrays.stream(ContextProvider.values())
                        .filter(
                                provider ->
                                        item.optionalNumber(OFF + provider.wireName()).isPresent())
                        .collect(Collectors.toSet()),
                item.number("version"),
                item.time("createdAt"),
                item.time("updatedAt"));
    }

    private static String pk(SessionId id) {
        return "SESSION#" + id;
    }

    private static String messageSk(long position) {
        return "MESSAGE#%012d".formatted(position);
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
