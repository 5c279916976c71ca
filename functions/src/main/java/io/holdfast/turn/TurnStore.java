package io.holdfast.turn;

import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.Slices;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Turns and their steps in the record.
 *
 * <p>Items under {@code TURN#<id>}: {@code TURN}; {@code STEP#<step>} with the attempts at it, and
 * what the last successful attempt said in {@code STEP#<step>#<slice>}.
 */
public final class TurnStore {
    private static final String TURN = "TURN";

    private final RecordTable table;
    private final SessionStore sessions;

    /** The turns in this table, beside the sessions that they belong to. */
    public TurnStore(RecordTable table, SessionStore sessions) {
        this.table = table;
        this.sessions = sessions;
    }

    /** The turn of an id. */
    public Optional<Turn> find(TurnId id) {
        return table.get(pk(id), TURN).map(item -> decode(id, item));
    }

    /**
     * Stores a new turn with its place in the session, in one transaction.
     *
     * @param before the session as it was read
     * @param cutFrom where the session's history is cut, absent if it is not
     * @param userMessage the message that starts the turn, absent when an answer is written again
     * @return false if the session has changed since, or the turn exists
     */
    boolean begin(
            Turn turn, Session before, @Nullable Long cutFrom, @Nullable UiMessage userMessage) {
        List<TransactWriteItem> writes = new ArrayList<>();
        writes.add(
                table.creating(
                        Item.at(pk(turn.id()), TURN)
                                .text("session", turn.session().value())
                                .text("user", turn.user().value())
                                .text("status", turn.status().wireName())
                                .text("answerId", turn.answerId().value())
                                .number("answerPosition", turn.answerPosition())
                                .text("inputHash", turn.inputHash())
                                .time("createdAt", turn.createdAt())));
        writes.addAll(
                sessions.beginTurn(before, turn.id(), cutFrom, userMessage, turn.createdAt()));
        return table.transact(writes);
    }

    /** Counts a new attempt at a step and makes it the only one that may store the step. */
    Fence claim(TurnId turn, int step) {
        Item item =
                table.update(
                                pk(turn),
                                stepSk(step),
                                new Change(
                                        "ADD attempts :one",
                                        null,
                                        List.of(),
                                        Item.empty().number("one", 1)))
                        .orElseThrow();
        return new Fence(step, Math.toIntExact(item.number("attempts")));
    }

    /** Stores what a step said; false if a newer attempt has begun. */
    boolean storeStep(Turn turn, Fence fence, StepResult result) {
        UiMessage said =
                new UiMessage(turn.answerId(), UiMessage.Role.ASSISTANT, result.parts(), null);
        List<String> slices = Slices.of(Json.write(UiMessageJson.write(said)));
        List<TransactWriteItem> writes = new ArrayList<>();
        writes.add(
                table.changing(
                        pk(turn.id()),
                        stepSk(fence.step()),
                        new Change(
                                "SET finishReason = :reason, modelId = :model, slices = :slices,"
                                        + " inputTokens = :input, outputTokens = :output",
                                "attempts = :attempt",
                                List.of(),
                                Item.empty()
                                        .number("attempt", fence.attempt())
                                        .text("reason", result.finishReason().wireName())
                                        .text("model", result.modelId())
                                        .number("slices", slices.size())
                                        .number("input", result.inputTokens())
                                        .number("output", result.outputTokens()))));
        for (int slice = 0; slice < slices.size(); slice++) {
            writes.add(
                    table.putting(
                            Item.at(pk(turn.id()), sliceSk(fence.step(), slice))
                                    .text("json", slices.get(slice))));
        }
        return table.transact(writes);
    }

    /** The steps that are complete, in order. */
    List<StepResult> steps(TurnId turn) {
        List<Item> items = table.all(pk(turn), "STEP#");
        List<StepResult> steps = new ArrayList<>();
        for (Item head : items) {
            Optional<Long> slices = head.optionalNumber("slices");
            if (slices.isEmpty()) {
                continue;
            }
            StringBuilder json = new StringBuilder();
            for (int slice = 0; slice < slices.get(); slice++) {
                String sk = head.text("sk") + "#%03d".formatted(slice);
                items.stream()
                        .filter(item -> item.text("sk").equals(sk))
                        .forEach(item -> json.append(item.text("json")));
            }
            steps.add(
                    new StepResult(
                            SessionStore.message(Json.readStored(json.toString())).parts(),
                            reason(head.text("finishReason")),
                            head.text("modelId"),
                            Math.toIntExact(head.number("inputTokens")),
                            Math.toIntExact(head.number("outputTokens"))));
        }
        return steps;
    }

    /**
     * Ends a turn, once: its status, its answer and the session's place for the next turn, in one
     * transaction.
     *
     * @param answer what was said, absent if nothing was
     * @param failure why it failed, absent if it did not
     * @return false if the turn had ended before
     */
    boolean end(
            Turn turn,
            TurnStatus status,
            @Nullable UiMessage answer,
            @Nullable String failure,
            Instant now) {
        List<TransactWriteItem> writes = new ArrayList<>();
        Item values =
                Item.empty()
                        .text("ended", status.wireName())
                        .text("running", TurnStatus.RUNNING.wireName())
                        .text("waiting", TurnStatus.WAITING.wireName())
                        .time("endedAt", now)
                        .text("failure", failure);
        writes.add(
                table.changing(
                        pk(turn.id()),
                        TURN,
                        new Change(
                                "SET #status = :ended, endedAt = :endedAt"
                                        + (failure == null ? "" : ", failure = :failure"),
                                "#status IN (:running, :waiting)",
                                List.of("status"),
                                values)));
        writes.addAll(
                sessions.endTurn(turn.session(), turn.id(), turn.answerPosition(), answer, now));
        return table.transact(writes);
    }

    /**
     * Says of a turn recorded as completed that it was cancelled after all: its stream was closed
     * by a cancel between the record and the stream's own end, and what readers saw counts.
     */
    void correctToCancelled(TurnId turn) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET #status = :cancelled",
                                "#status = :completed",
                                List.of("status"),
                                Item.empty()
                                        .text("cancelled", TurnStatus.CANCELLED.wireName())
                                        .text("completed", TurnStatus.COMPLETED.wireName())));
    }

    private static Turn decode(TurnId id, Item item) {
        return new Turn(
                id,
                new SessionId(item.text("session")),
                new UserId(item.text("user")),
                TurnStatus.of(item.text("status")),
                new MessageId(item.text("answerId")),
                item.number("answerPosition"),
                item.text("inputHash"),
                item.time("createdAt"));
    }

    private static FinishReason reason(String wireName) {
        return Arrays.stream(FinishReason.values())
                .filter(reason -> reason.wireName().equals(wireName))
                .findFirst()
                .orElse(FinishReason.OTHER);
    }

    private static String pk(TurnId id) {
        return "TURN#" + id;
    }

    private static String stepSk(int step) {
        return "STEP#%04d".formatted(step);
    }

    private static String sliceSk(int step, int slice) {
        return stepSk(step) + "#%03d".formatted(slice);
    }
}
