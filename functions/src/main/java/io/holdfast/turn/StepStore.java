package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.chunk.FinishReason;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.Slices;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The steps of turns in the record.
 *
 * <p>Items under {@code TURN#<id>}: {@code STEP#<step>} with the attempts at it, and what the last
 * successful attempt said in {@code STEP#<step>#<slice>}.
 *
 * <p>It also knows how far the sequence may have been counted, whatever Redis remembers: each
 * attempt reserves sequences before it uses them, {@value #RESERVATION} with its claim and twice as
 * many when those are used up, and says how many it did use when it ends without a result.
 */
final class StepStore {
    /** More than a standard turn has chunks, so that a standard turn costs no further write. */
    static final int RESERVATION = 256;

    /** Sequences that are reserved for each call of a tool: more than most use. */
    static final int CALL_RESERVATION = 16;

    private static final String STEP = "STEP#";

    private final RecordTable table;
    private final CallStore calls;

    StepStore(RecordTable table, CallStore calls) {
        this.table = table;
        this.calls = calls;
    }

    /**
     * Counts a new attempt at a step and makes it the only one that may store the step; empty if
     * the step is complete already.
     */
    Optional<Claim> claim(TurnId turn, int step) {
        long begin = step == 1 ? 0 : result(turn, step - 1).reached();
        return table.update(
                        pk(turn),
                        sk(step),
                        new Change(
                                "SET #begin = :begin ADD attempts :one, reserved :more",
                                "attribute_not_exists(slices)",
                                List.of("begin"),
                                Item.empty()
                                        .number("begin", begin)
                                        .number("one", 1)
                                        .number("more", RESERVATION)))
                .map(item -> claim(item, step, begin));
    }

    private static Claim claim(Item item, int step, long begin) {
        long attempt = item.number("attempts");
        long limit = begin + item.number("reserved");
        return new Claim(
                new Fence(step, Math.toIntExact(attempt)),
                reached(item, attempt - 1),
                bound(item, attempt - 1, limit - RESERVATION),
                limit);
    }

    /**
     * Reserves more sequences for an attempt.
     *
     * @return the new limit, {@code atLeast} or more
     * @throws IllegalStateException if a newer attempt has begun
     */
    long extend(TurnId turn, Fence fence, long atLeast) {
        Item item = table.get(pk(turn), sk(fence.step())).orElseThrow();
        long begin = item.number("begin");
        long reserved = Math.max(2 * item.number("reserved"), atLeast - begin);
        return table.update(
                        pk(turn),
                        sk(fence.step()),
                        new Change(
                                "SET reserved = :reserved",
                                "attempts = :attempt",
                                List.of(),
                                Item.empty()
                                        .number("reserved", reserved)
                                        .number("attempt", fence.attempt())))
                .map(changed -> begin + reserved)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "A newer attempt at step " + fence.step() + " has begun"));
    }

    /**
     * Notes how far an attempt without a result has come, unless a newer one has begun.
     *
     * @param reached entries that it saw in the turn's stream
     * @param bound no chunk of the turn has reached this sequence
     */
    void abandon(TurnId turn, Fence fence, long reached, long bound) {
        var _ =
                table.update(
                        pk(turn),
                        sk(fence.step()),
                        new Change(
                                "SET reached = :reached, bound = :bound, boundBy = :attempt",
                                "attempts = :attempt AND attribute_not_exists(slices)",
                                List.of(),
                                Item.empty()
                                        .number("reached", reached)
                                        .number("bound", bound)
                                        .number("attempt", fence.attempt())));
    }

    /**
     * Stores what a step said, with the calls that it asks for.
     *
     * @return false if a newer attempt has begun
     */
    boolean store(TurnId turn, Fence fence, StepResult result, List<NewCall> asked) {
        List<String> slices = Slices.of("[" + String.join(",", result.chunks()) + "]");
        Ledger ledger = result.ledger();
        List<TransactWriteItem> writes = new ArrayList<>();
        writes.add(
                table.changing(
                        pk(turn),
                        sk(fence.step()),
                        new Change(
                                "SET finishReason = :reason, modelId = :model, slices = :slices,"
                                        + " #first = :first, #end = :end, inputTokens = :input,"
                                        + " outputTokens = :output, #limit = :limit, calls = :calls"
                                        + (ledger.nanoDollars() == null
                                                ? ""
                                                : ", nanoDollars = :nanoDollars"),
                                "attempts = :attempt",
                                List.of("first", "end", "limit"),
                                Item.empty()
                                        .number("attempt", fence.attempt())
                                        .text("reason", result.finishReason().wireName())
                                        .text("model", result.modelId())
                                        .number("slices", slices.size())
                                        .number("first", result.first())
                                        .number("end", result.end())
                                        .number("input", ledger.inputTokens())
                                        .number("output", ledger.outputTokens())
                                        .number("nanoDollars", ledger.nanoDollars())
                                        .number(
                                                "limit",
                                                result.end()
                                                        + (long) CALL_RESERVATION * asked.size())
                                        .number("calls", asked.size()))));
        writes.addAll(calls.creating(turn, asked));
        for (int slice = 0; slice < slices.size(); slice++) {
            writes.add(
                    table.putting(
                            Item.at(pk(turn), sk(fence.step(), slice))
                                    .text("json", slices.get(slice))));
        }
        return table.transact(writes);
    }

    /**
     * Reserves more sequences for the calls of a complete step.
     *
     * @return the new limit, {@code atLeast} or more
     */
    long extendForCalls(TurnId turn, int step, long atLeast) {
        while (true) {
            long limit = table.get(pk(turn), sk(step)).orElseThrow().number("limit");
            if (limit >= atLeast) {
                return limit;
            }
            // Others who write for the same step extend it too.
            long more = Math.max(atLeast, limit + RESERVATION);
            boolean extended =
                    table.update(
                                    pk(turn),
                                    sk(step),
                                    new Change(
                                            "SET #limit = :more",
                                            "#limit = :limit",
                                            List.of("limit"),
                                            Item.empty()
                                                    .number("more", more)
                                                    .number("limit", limit)))
                            .isPresent();
            if (extended) {
                return more;
            }
        }
    }

    /** The fence under which a complete step was written: its calls write under it too. */
    Fence fence(TurnId turn, int step) {
        Item item = table.get(pk(turn), sk(step)).orElseThrow();
        return new Fence(step, Math.toIntExact(item.number("attempts")));
    }

    /**
     * A complete step.
     *
     * @throws IllegalStateException if it is not complete
     */
    StepResult result(TurnId turn, int step) {
        List<Item> items = table.all(pk(turn), sk(step));
        Item item = items.isEmpty() ? Item.empty() : items.getFirst();
        long slices =
                item.optionalNumber("slices")
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "Step %d of %s is not complete"
                                                        .formatted(step, turn)));
        List<Call> made = item.number("calls") == 0 ? List.of() : calls.of(turn, step);
        return result(item, slices, items, made);
    }

    /** All steps of a turn. */
    Steps find(TurnId turn) {
        List<Item> items = table.all(pk(turn), STEP);
        boolean calling =
                items.stream().anyMatch(item -> item.optionalNumber("calls").orElse(0L) > 0);
        List<Call> made = calling ? calls.all(turn) : List.of();
        List<StepResult> complete = new ArrayList<>();
        Steps.Open open = null;
        for (Item item : items) {
            String sk = item.text("sk");
            if (sk.indexOf('#', STEP.length()) >= 0) {
                continue;
            }
            Optional<Long> slices = item.optionalNumber("slices");
            if (slices.isPresent()) {
                int step = number(sk);
                complete.add(
                        result(
                                item,
                                slices.get(),
                                items,
                                made.stream().filter(call -> call.id().step() == step).toList()));
            } else {
                long attempts = item.number("attempts");
                open =
                        new Steps.Open(
                                number(sk),
                                reached(item, attempts),
                                bound(
                                        item,
                                        attempts,
                                        item.number("begin") + item.number("reserved")));
            }
        }
        return new Steps(complete, open);
    }

    /** What the last attempt said of itself, or where the step began. */
    private static long reached(Item item, long attempt) {
        return item.number(hasSaid(item, attempt) ? "reached" : "begin");
    }

    /** What the last attempt said of itself, or what it may have reserved. */
    private static long bound(Item item, long attempt, long reserved) {
        return hasSaid(item, attempt) ? item.number("bound") : reserved;
    }

    private static boolean hasSaid(Item item, long attempt) {
        return item.optionalNumber("boundBy").filter(by -> by == attempt).isPresent();
    }

    private static int number(String sk) {
        return Integer.parseInt(sk.substring(STEP.length()));
    }

    private static StepResult result(Item step, long slices, List<Item> items, List<Call> made) {
        StringBuilder json = new StringBuilder();
        for (int slice = 0; slice < slices; slice++) {
            String sk = step.text("sk") + "#%03d".formatted(slice);
            items.stream()
                    .filter(item -> item.text("sk").equals(sk))
                    .forEach(item -> json.append(item.text("json")));
        }
        List<String> chunks = new ArrayList<>();
        for (JsonNode chunk : Json.readStored(json.toString())) {
            chunks.add(Json.write(chunk));
        }
        return new StepResult(
                step.number("first"),
                chunks,
                reason(step.text("finishReason")),
                step.text("modelId"),
                new Ledger(
                        Math.toIntExact(step.number("inputTokens")),
                        Math.toIntExact(step.number("outputTokens")),
                        step.optionalNumber("nanoDollars").orElse(null)),
                made,
                step.number("limit"));
    }

    private static FinishReason reason(String wireName) {
        return Arrays.stream(FinishReason.values())
                .filter(reason -> reason.wireName().equals(wireName))
                .findFirst()
                .orElse(FinishReason.OTHER);
    }

    private static String pk(TurnId turn) {
        return TurnItems.pk(turn);
    }

    private static String sk(int step) {
        return STEP + "%04d".formatted(step);
    }

    private static String sk(int step, int slice) {
        return sk(step) + "#%03d".formatted(slice);
    }
}
