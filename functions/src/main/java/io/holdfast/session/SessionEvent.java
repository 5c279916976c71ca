package io.holdfast.session;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What those who watch a conversation are told. It says where to look: the record is the truth, and
 * an event may come twice, late, or not at all.
 */
public sealed interface SessionEvent {

    /** A turn has begun. */
    record TurnStarted(TurnId turn) implements SessionEvent {}

    /** A turn waits for a human. */
    record TurnWaiting(TurnId turn) implements SessionEvent {}

    /** A turn goes on after a human's answer. */
    record TurnContinued(TurnId turn) implements SessionEvent {}

    /** A turn has ended, and its answer is stored. */
    record TurnEnded(TurnId turn, TurnStatus status) implements SessionEvent {}

    /** A message waits for the answer before its own. */
    record TurnQueued(TurnId turn) implements SessionEvent {}

    /** The conversation is deleted. */
    record SessionDeleted() implements SessionEvent {}

    /** The conversation has another title. */
    record TitleChanged(String title) implements SessionEvent {}

    /**
     * An operation has begun, got further, or ended.
     *
     * @param operation as its owner may see it
     */
    record OperationChanged(ObjectNode operation) implements SessionEvent {}

    /**
     * How the conversation is now.
     *
     * @param activeTurn what runs or waits, absent if nothing does
     * @param latestTurn what was started last, absent before the first
     * @param operations the newest first, as their owner may see them
     */
    record Watching(
            @Nullable Stand activeTurn, @Nullable Stand latestTurn, List<ObjectNode> operations)
            implements SessionEvent {
        public Watching {
            operations = List.copyOf(operations);
        }
    }

    /** A turn, and how it is. */
    record Stand(TurnId turn, TurnStatus status) {}

    /** The event as a frame bears it: {@code {type, …}}. */
    default ObjectNode json() {
        return switch (this) {
            case TurnQueued(TurnId turn) -> ofTurn("turn-queued", turn);
            case SessionDeleted() -> Json.object().put("type", "session-deleted");
            case TitleChanged(String title) ->
                    Json.object().put("type", "title-changed").put("title", title);
            case TurnStarted(TurnId turn) -> ofTurn("turn-started", turn);
            case TurnWaiting(TurnId turn) -> ofTurn("turn-waiting", turn);
            case TurnContinued(TurnId turn) -> ofTurn("turn-continued", turn);
            case TurnEnded(TurnId turn, TurnStatus status) ->
                    ofTurn("turn-ended", turn).put("status", status.wireName());
            case OperationChanged(ObjectNode operation) -> {
                ObjectNode json = Json.object().put("type", "operation-changed");
                json.set("operation", operation);
                yield json;
            }
            case Watching(Stand active, Stand latest, List<ObjectNode> operations) -> {
                ObjectNode json = Json.object().put("type", "watching");
                if (active != null) {
                    json.set("activeTurn", json(active));
                }
                if (latest != null) {
                    json.set("latestTurn", json(latest));
                }
                json.putArray("operations").addAll(operations);
                yield json;
            }
        };
    }

    private static ObjectNode ofTurn(String type, TurnId turn) {
        return Json.object().put("type", type).put("turnId", turn.value());
    }

    private static ObjectNode json(Stand stand) {
        return Json.object()
                .put("turnId", stand.turn().value())
                .put("status", stand.status().wireName());
    }
}
