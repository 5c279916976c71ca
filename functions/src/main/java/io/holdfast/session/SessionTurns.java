package io.holdfast.session;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.Texts;
import io.holdfast.platform.TurnId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What turns do to their conversations: the writes that go with those of the turn itself. */
public final class SessionTurns {
    /** Of the first message, so much is a title until there is a better one. */
    private static final int TITLE_CHARACTERS = 80;

    /** As long as a turn's stream is kept after its end. */
    private static final Duration OFF_RECORD_LIFE = Duration.ofHours(1);

    private final RecordTable table;
    private final MessageStore messages;

    /** The conversations in this table. */
    public SessionTurns(RecordTable table) {
        this.table = table;
        this.messages = new MessageStore(table);
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
            writes.addAll(messages.putting(before.id(), before.next(), userMessage));
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
        switch (kind) {
            case LISTED -> {
                values.text("listedBy", SessionItems.listedBy(before.owner()));
                set += ", listedBy = :listedBy";
            }
            case OFF_RECORD -> {
                values.text("shard", Checks.shardOf(Checks.Line.TURNS, before.id()))
                        .time("checkAt", now.plus(OFF_RECORD_LIFE));
                set += ", checkShard = :shard, nextCheckAt = :checkAt";
            }
            case QUEUED -> {
                values.number("queued", before.queued() - 1);
                set += ", queued = :queued";
            }
            case UNLISTED -> {}
        }
        String title = userMessage == null ? "" : title(userMessage);
        if (!title.isEmpty()) {
            values.text("title", title);
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
                        SessionItems.pk(before.id()),
                        SessionItems.SESSION,
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
                SessionItems.pk(before.id()),
                SessionItems.SESSION,
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
            writes.addAll(messages.putting(session, answerPosition, answer));
        }
        writes.add(
                table.changing(
                        SessionItems.pk(session),
                        SessionItems.SESSION,
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
}
