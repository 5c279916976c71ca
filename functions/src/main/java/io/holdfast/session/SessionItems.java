package io.holdfast.session;

import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How conversations are written: their keys, and their own item. */
final class SessionItems {
    static final String SESSION = "SESSION";
    static final String LISTED_BY = "listedBy";
    static final String LISTED_AT = "listedAt";

    /** Before a context provider's name: it is switched off. */
    static final String OFF = "off_";

    private static final String DELETED = "deletedAt";

    private SessionItems() {}

    /** The item of a conversation, also of one that is deleted. */
    static Optional<Item> find(RecordTable table, SessionId id) {
        return table.get(pk(id), SESSION);
    }

    static boolean isDeleted(Item session) {
        return session.optionalNumber(DELETED).isPresent();
    }

    static String pk(SessionId id) {
        return "SESSION#" + id;
    }

    /** The conversation of a key. */
    static SessionId id(String pk) {
        return new SessionId(pk.substring("SESSION#".length()));
    }

    static String userPk(UserId user) {
        return "USER#" + user;
    }

    /** Whose list shows a conversation, as the index has it. */
    static String listedBy(UserId user) {
        return "SESSIONS#" + user;
    }

    static Session decode(SessionId id, Item item) {
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
}
