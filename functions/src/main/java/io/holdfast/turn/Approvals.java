package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.RecordTable;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Unpaused;
import io.holdfast.turn.Call.Decision;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes humans' answers to what a turn asks them.
 *
 * <p>An answer counts once, for the very arguments that were shown, and until its time is up. The
 * record has it first; then the stream goes on, so that whoever answered can read on; then the
 * state that waits is woken. Each can be done again, by anyone.
 */
public final class Approvals {
    private static final Logger LOG = LoggerFactory.getLogger(Approvals.class);
    private static final String PREFIX = "approval-";
    private static final Pattern ID =
            Pattern.compile(PREFIX + "(?<turn>[A-Za-z0-9_-]{8,64})-\\d+-\\d+-\\d+");

    private static final int RESTORATIONS = 5;

    /** How often answers that cross each other are tried again. */
    private static final int CROSSINGS = 5;

    private final RecordTable table;
    private final TurnStore turns;
    private final CallStore calls;
    private final StreamRestorer restorer;
    private final Delivery delivery;
    private final SessionEvents events;
    private final TurnMachine machine;

    Approvals(TurnParts parts) {
        this.table = parts.table();
        this.turns = parts.turns();
        this.calls = parts.calls();
        this.restorer = parts.restorer();
        this.delivery = parts.delivery();
        this.events = parts.events();
        this.machine = parts.turnMachine();
    }

    /**
     * What a human says of one call.
     *
     * @param input the arguments that the human saw, absent if the caller does not say
     * @param reason in the human's words, absent if there is none
     */
    public record Answer(
            String approvalId,
            @Nullable JsonNode input,
            boolean approved,
            @Nullable String reason) {}

    /** What came of answers. */
    public sealed interface Outcome {
        /**
         * They count, or did already.
         *
         * @param base the turn's sequence from which whoever answered should read on
         */
        record Continued(Turn turn, long base) implements Outcome {}

        /** Nothing of the kind is asked, and none of them counts. */
        record Unknown() implements Outcome {}

        /** None of them counts; the reason is in words for the human. */
        record Refused(String reason) implements Outcome {}
    }

    /** The id of what is asked about a call in one attempt at its step. */
    static String id(TurnId turn, Fence fence, int index) {
        return PREFIX + turn + "-%d-%d-%d".formatted(fence.step(), fence.attempt(), index);
    }

    /** The turn that an approval's id speaks of; empty if it is not one of ours. */
    public static Optional<TurnId> turnOf(String approvalId) {
        Matcher matcher = ID.matcher(approvalId);
        return matcher.matches()
                ? Optional.of(new TurnId(matcher.group("turn")))
                : Optional.empty();
    }

    /** Takes answers of a turn's owner; all of them count, or none. */
    public Outcome answer(Turn asking, UserId by, List<Answer> answers) {
        Map<String, Answer> said = new LinkedHashMap<>();
        for (Answer answer : answers) {
            Answer before = said.putIfAbsent(answer.approvalId(), answer);
            if (before != null && before.approved() != answer.approved()) {
                return new Outcome.Refused("This is approved and denied at once.");
            }
        }
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            // Read now: it may have ended since the caller read it.
            Turn turn = turns.find(asking.id()).orElseThrow();
            Map<String, Call> asked = new HashMap<>();
            for (Call call : calls.all(turn.id())) {
                if (call.approval() != null) {
                    asked.put(call.approval().id(), call);
                }
            }
            long here = here(turn);
            long base = here;
            List<TransactWriteItem> writes = new ArrayList<>();
            for (Answer answer : said.values()) {
                Call call = asked.get(answer.approvalId());
                if (call == null) {
                    return new Outcome.Unknown();
                }
                String refusal = refusal(turn, call, answer);
                if (refusal != null) {
                    return new Outcome.Refused(refusal);
                }
                Call.Answer known = call.answer();
                if (known != null) {
                    base = Math.min(base, known.base());
                } else {
                    writes.add(
                            calls.answering(
                                    turn.id(),
                                    call.id(),
                                    new Call.Answer(
                                            answer.approved() ? Decision.APPROVED : Decision.DENIED,
                                            answer.reason(),
                                            by,
                                            delivery.clock().instant(),
                                            here)));
                }
            }
            if (writes.isEmpty() || record(turn.id(), writes)) {
                unpause(turn.id());
                tell(turn);
                return new Outcome.Continued(turns.find(turn.id()).orElseThrow(), base);
            }
        }
        return new Outcome.Refused("Somebody else is answering too. Please try again.");
    }

    /** Why an answer does not count; absent if it does. */
    private static @Nullable String refusal(Turn turn, Call call, Answer answer) {
        if (answer.input() != null
                && call.approval() != null
                && !InputHash.of(answer.input()).equals(call.approval().inputHash())) {
            return "These are not the arguments that were asked about. Please load the conversation"
                    + " again.";
        }
        Call.Answer known = call.answer();
        if (known == null) {
            return turn.status().isFinal() ? "The answer has ended: nobody waits for this." : null;
        }
        return switch (known.decision()) {
            case EXPIRED -> "This approval has expired: nobody answered in time.";
            case APPROVED -> answer.approved() ? null : "This has been approved already.";
            case DENIED -> answer.approved() ? "This has been denied already." : null;
        };
    }

    /** Says of a call that nobody has answered in time; nothing if somebody has. */
    void expire(TurnId turn, CallId call) {
        Turn found = turns.find(turn).orElseThrow();
        Call.Answer nobody =
                new Call.Answer(
                        Decision.EXPIRED, null, null, delivery.clock().instant(), here(found));
        if (record(turn, List.of(calls.answering(turn, call, nobody)))) {
            LOG.info("Nobody has answered for {} in time", call);
        }
        unpause(turn);
        tell(found);
    }

    /** Other tabs of the conversation go on with it, too. */
    private void tell(Turn turn) {
        events.tell(turn.session(), turn.user(), new SessionEvent.TurnContinued(turn.id()));
    }

    private boolean record(TurnId turn, List<TransactWriteItem> answers) {
        List<TransactWriteItem> writes = new ArrayList<>(answers);
        writes.add(turns.unpausing(turn, answers.size()));
        return table.transact(writes);
    }

    /**
     * Wakes the states that wait for answers which are in the record, and lets the stream go on
     * first: whoever has taken an answer may have died before either.
     */
    public void wake(TurnId turn) {
        List<String> tokens =
                calls.all(turn).stream()
                        .filter(call -> call.answer() != null && call.ended() == null)
                        .map(Call::taskToken)
                        .filter(Objects::nonNull)
                        .toList();
        if (tokens.isEmpty()) {
            return;
        }
        try {
            unpause(turn);
        } finally {
            tokens.forEach(machine::wake);
        }
    }

    /** The sequence of the turn's next chunk. */
    private long here(Turn turn) {
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            switch (delivery.stream().open(turn.id(), Fence.NONE, delivery.clock().instant())) {
                case Opened.Claimed(long next, int begunStep) -> {
                    return next;
                }
                case Opened.Ended(TurnStatus status, long next) -> {
                    return next;
                }
                case Opened.Outdated outdated ->
                        throw new IllegalStateException("a look is never outdated");
                case Opened.Missing() -> {
                    if (!restorer.restore(turn.id())) {
                        throw new StreamForgottenException();
                    }
                }
            }
        }
        throw new StreamForgottenException();
    }

    private void unpause(TurnId id) {
        TurnStream stream = delivery.stream();
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            Turn turn = turns.find(id).orElseThrow();
            switch (stream.unpause(id, turn.continued(), delivery.clock().instant())) {
                case Unpaused.Running running -> {
                    return;
                }
                case Unpaused.Ended ended -> {
                    return;
                }
                case Unpaused.Missing() -> {
                    if (!restorer.restore(id)) {
                        // Whoever writes a step makes the stream again, as the record has it.
                        return;
                    }
                }
            }
        }
        throw new StreamForgottenException();
    }
}
