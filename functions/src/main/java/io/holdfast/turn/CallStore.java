package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OperationConfig;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.Slices;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.turn.Call.Decision;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The calls of tools in the record.
 *
 * <p>Items under {@code TURN#<id>}: {@code CALL#<step>#<index>} for each call, written with the
 * step that asked for it, and {@code RESULT#<step>#<index>#<slice>} with what it brought. Every
 * change is conditional: a call is answered once and ends once.
 */
final class CallStore {
    private static final String CALL = "CALL#";
    private static final String RESULT = "RESULT#";

    private final RecordTable table;

    CallStore(RecordTable table) {
        this.table = table;
    }

    /** The writes that store new calls: part of the transaction that stores their step. */
    List<TransactWriteItem> creating(TurnId turn, List<NewCall> calls) {
        List<TransactWriteItem> writes = new ArrayList<>();
        for (NewCall call : calls) {
            Item item =
                    Item.at(pk(turn), sk(call.id()))
                            .text("toolCallId", call.toolCallId())
                            .text("tool", call.tool())
                            .text("input", Json.write(call.input()))
                            .number("attempts", 0);
            if (call.dynamic()) {
                item.number("dynamic", 1);
            }
            if (call.operation() != null) {
                item.text("mode", call.operation().mode().name().toLowerCase(Locale.ROOT))
                        .number("heartbeat", call.operation().heartbeat().toSeconds())
                        .number("timeout", call.operation().timeout().toSeconds());
            }
            switch (call.gate()) {
                case NewCall.Gate.Open() -> {}
                case NewCall.Gate.Ask(Call.Approval approval, String reason) ->
                        item.text("approvalId", approval.id())
                                .text("inputHash", approval.inputHash())
                                .number("expires", approval.expires().toSeconds());
                case NewCall.Gate.Refused(String message) ->
                        item.text("ended", name(Call.Ended.FAILURE))
                                .text("message", message)
                                .number("settled", 1);
            }
            writes.add(table.putting(item));
        }
        return writes;
    }

    /** The calls of a turn, in order. */
    List<Call> all(TurnId turn) {
        return decode(table.all(pk(turn), CALL));
    }

    /** The calls of a step, in order. */
    List<Call> of(TurnId turn, int step) {
        return decode(table.all(pk(turn), CALL + "%04d#".formatted(step)));
    }

    Optional<Call> find(TurnId turn, CallId id) {
        return table.get(pk(turn), sk(id)).map(CallStore::decode);
    }

    /** What a call that has ended came to. */
    CallResult result(TurnId turn, Call call) {
        Item item = table.get(pk(turn), sk(call.id())).orElseThrow();
        String ended = item.text("ended");
        return switch (Call.Ended.valueOf(ended.toUpperCase(Locale.ROOT))) {
            case FAILURE -> new CallResult.Failure(item.text("message"));
            case DENIED -> new CallResult.Denied(item.text("message"));
            case SUCCESS -> {
                StringBuilder json = new StringBuilder();
                table.all(pk(turn), resultSk(call.id()))
                        .forEach(slice -> json.append(slice.text("json")));
                yield new CallResult.Success(Json.readStored(json.toString()));
            }
        };
    }

    /** Counts an attempt at a call that has not ended; empty if it has. */
    Optional<Call> begin(TurnId turn, CallId id) {
        return table.update(
                        pk(turn),
                        sk(id),
                        new Change(
                                "ADD attempts :one",
                                "attribute_exists(pk) AND attribute_not_exists(ended)",
                                List.of(),
                                Item.empty().number("one", 1)))
                .map(CallStore::decode);
    }

    /**
     * Stores what a call came to, once.
     *
     * @param attempt the attempt that says so; a newer one has the word
     * @return false if it has ended, or a newer attempt has begun
     */
    boolean end(TurnId turn, CallId id, int attempt, CallResult result) {
        return end(
                turn,
                id,
                "attempts = :attempt AND attribute_not_exists(ended)",
                List.of(),
                "",
                Item.empty().number("attempt", attempt),
                result,
                List.of());
    }

    /**
     * Stores what an outside service has made of a call, once, whoever runs it now; in place of
     * {@code operation_started} if the turn does not wait for it.
     *
     * @param with a write of the same transaction
     * @return false if that is there already, or the other write is refused, or others crossed them
     */
    boolean endOutside(TurnId turn, CallId id, CallResult result, TransactWriteItem with) {
        return end(
                turn,
                id,
                "attribute_exists(pk) AND (attribute_not_exists(ended)"
                        + " OR (#mode = :detach AND attribute_not_exists(outside)))",
                List.of("mode"),
                ", outside = :outside",
                Item.empty().text("detach", "detach").number("outside", 1),
                result,
                List.of(with));
    }

    private boolean end(
            TurnId turn,
            CallId id,
            String condition,
            List<String> names,
            String more,
            Item values,
            CallResult result,
            List<TransactWriteItem> with) {
        List<TransactWriteItem> writes = new ArrayList<>(with);
        String set =
                switch (result) {
                    case CallResult.Success(JsonNode output) -> {
                        List<String> slices = Slices.of(Json.write(output));
                        for (int slice = 0; slice < slices.size(); slice++) {
                            writes.add(
                                    table.putting(
                                            Item.at(
                                                            pk(turn),
                                                            resultSk(id) + "%03d".formatted(slice))
                                                    .text("json", slices.get(slice))));
                        }
                        values.text("ended", name(Call.Ended.SUCCESS));
                        yield "SET ended = :ended";
                    }
                    case CallResult.Failure(String message) -> {
                        values.text("ended", name(Call.Ended.FAILURE)).text("message", message);
                        yield "SET ended = :ended, message = :message";
                    }
                    case CallResult.Denied(String reason) -> {
                        values.text("ended", name(Call.Ended.DENIED)).text("message", reason);
                        yield "SET ended = :ended, message = :message";
                    }
                };
        writes.add(
                table.changing(pk(turn), sk(id), new Change(set + more, condition, names, values)));
        return table.transact(writes);
    }

    /**
     * Whether what an outside service has made of a call is stored, or the call was given up, or is
     * not there any more.
     */
    boolean hasEndedOutside(TurnId turn, CallId id) {
        return find(turn, id).map(Call::hasEndedOutside).orElse(true);
    }

    /**
     * Notes what is in the stream about a call, in place of what was noted before. Once it is
     * settled, only a result that comes later counts: an attempt that wakes up late shall not take
     * the result out again.
     */
    void note(TurnId turn, CallId id, List<Call.Placed> said, boolean settled) {
        ArrayNode json = Json.MAPPER.createArrayNode();
        said.forEach(one -> json.addObject().put("at", one.sequence()).put("chunk", one.chunk()));
        Item values = Item.empty().text("said", Json.write(json));
        String set = "SET said = :said";
        String condition = "attribute_exists(pk) AND attribute_not_exists(settled)";
        if (settled) {
            values.number("settled", said.isEmpty() ? 1 : said.getLast().sequence() + 1);
            set += ", settled = :settled";
            condition =
                    "attribute_exists(pk) AND (attribute_not_exists(settled)"
                            + " OR settled < :settled)";
        }
        var _ = table.update(pk(turn), sk(id), new Change(set, condition, List.of(), values));
    }

    /** Notes what a call's state waits with; returns the call as it is then. */
    Call ask(TurnId turn, CallId id, String taskToken) {
        return table.update(
                        pk(turn),
                        sk(id),
                        new Change(
                                "SET taskToken = :token",
                                "attribute_exists(approvalId)",
                                List.of(),
                                Item.empty().text("token", taskToken)))
                .map(CallStore::decode)
                .orElseThrow(() -> new IllegalStateException("nobody is to be asked about " + id));
    }

    /** The write that stores a human's answer, once. */
    TransactWriteItem answering(TurnId turn, CallId id, Call.Answer answer) {
        Item values =
                Item.empty()
                        .text("answer", answer.decision().name().toLowerCase(Locale.ROOT))
                        .text("reason", answer.reason())
                        .text("by", answer.by() == null ? null : answer.by().value())
                        .time("at", answer.at())
                        .number("base", answer.base());
        return table.changing(
                pk(turn),
                sk(id),
                new Change(
                        "SET answer = :answer, answeredAt = :at, #base = :base"
                                + (answer.reason() == null ? "" : ", answerReason = :reason")
                                + (answer.by() == null ? "" : ", answeredBy = :by"),
                        "attribute_exists(approvalId) AND attribute_not_exists(answer)"
                                + " AND attribute_not_exists(ended)",
                        List.of("base"),
                        values));
    }

    private static List<Call> decode(List<Item> items) {
        return items.stream().map(CallStore::decode).toList();
    }

    private static Call decode(Item item) {
        String[] place = item.text("sk").split("#", -1);
        return new Call(
                new CallId(Integer.parseInt(place[1]), Integer.parseInt(place[2])),
                item.text("toolCallId"),
                item.text("tool"),
                item.optionalNumber("dynamic").isPresent(),
                (ObjectNode) Json.readStored(item.text("input")),
                item.optionalText("approvalId").map(id -> approval(id, item)).orElse(null),
                item.optionalText("answer").map(decision -> answer(decision, item)).orElse(null),
                Math.toIntExact(item.number("attempts")),
                item.optionalText("ended")
                        .map(name -> Call.Ended.valueOf(name.toUpperCase(Locale.ROOT)))
                        .orElse(null),
                item.optionalText("said").map(CallStore::said).orElse(List.of()),
                item.optionalNumber("settled").isPresent(),
                item.optionalText("taskToken").orElse(null),
                item.optionalText("mode").map(mode -> operation(mode, item)).orElse(null),
                item.optionalNumber("outside").isPresent());
    }

    private static OperationConfig operation(String mode, Item item) {
        return new OperationConfig(
                OperationConfig.Mode.valueOf(mode.toUpperCase(Locale.ROOT)),
                Duration.ofSeconds(item.number("heartbeat")),
                Duration.ofSeconds(item.number("timeout")));
    }

    private static Call.Approval approval(String id, Item item) {
        return new Call.Approval(
                id, item.text("inputHash"), Duration.ofSeconds(item.number("expires")));
    }

    private static Call.Answer answer(String decision, Item item) {
        return new Call.Answer(
                Decision.valueOf(decision.toUpperCase(Locale.ROOT)),
                item.optionalText("answerReason").orElse(null),
                item.optionalText("answeredBy").map(UserId::new).orElse(null),
                item.time("answeredAt"),
                item.number("base"));
    }

    private static List<Call.Placed> said(String json) {
        List<Call.Placed> said = new ArrayList<>();
        for (JsonNode one : Json.readStored(json)) {
            said.add(new Call.Placed(one.path("at").asLong(), one.path("chunk").asText()));
        }
        return said;
    }

    private static String name(Call.Ended ended) {
        return ended.name().toLowerCase(Locale.ROOT);
    }

    private static String pk(TurnId turn) {
        return TurnItems.pk(turn);
    }

    private static String sk(CallId id) {
        return CALL + "%04d#%02d".formatted(id.step(), id.index());
    }

    private static String resultSk(CallId id) {
        return RESULT + "%04d#%02d#".formatted(id.step(), id.index());
    }
}
