package io.holdfast.turn;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.platform.Item;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.TurnStatus;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;

/** How turns are written: their keys, and their own item. */
final class TurnItems {
    static final String TURN = "TURN";
    static final String SESSION_PK = "SESSION#";

    /** Of a turn that waits: where it stands in its session's queue. */
    static final String PLACE = "place";

    private static final String TURN_PK = "TURN#";

    private TurnItems() {}

    static Optional<Turn> find(RecordTable table, TurnId id) {
        return table.get(pk(id), TURN).map(item -> decode(id, item));
    }

    static String pk(TurnId id) {
        return TURN_PK + id;
    }

    /** The turn of a key. */
    static TurnId id(String pk) {
        return new TurnId(pk.substring(TURN_PK.length()));
    }

    static String sessionPk(SessionId session) {
        return SESSION_PK + session;
    }

    private static Turn decode(TurnId id, Item item) {
        return new Turn(
                id,
                new SessionId(item.text("session")),
                new UserId(item.text("user")),
                item.optionalText("roles").stream()
                        .flatMap(String::lines)
                        .collect(Collectors.toUnmodifiableSet()),
                TurnStatus.of(item.text("status")),
                new MessageId(item.text("answerId")),
                item.number("answerPosition"),
                item.text("inputHash"),
                new Turn.Choice(
                        item.text("assistant"),
                        item.text("model"),
                        ReasoningEffort.of(item.text("effort")).orElse(ReasoningEffort.NONE)),
                item.number("continued"),
                item.time("createdAt"),
                item.optionalNumber("endedAt").map(Instant::ofEpochMilli).orElse(null),
                item.optionalText("failure").orElse(null),
                item.optionalText("prompt").orElse(null),
                new Turn.Background(
                        item.optionalNumber("offRecord").isPresent(),
                        item.optionalText("basis").map(SessionId::new).orElse(null),
                        item.optionalText("page").orElse(null)),
                title(item));
    }

    private static Ledger title(Item turn) {
        return turn.optionalNumber("titleInputTokens")
                .map(
                        input ->
                                new Ledger(
                                        Math.toIntExact(input),
                                        Math.toIntExact(turn.number("titleOutputTokens")),
                                        turn.optionalNumber("titleNanoDollars").orElse(null)))
                .orElse(Ledger.EMPTY);
    }
}
