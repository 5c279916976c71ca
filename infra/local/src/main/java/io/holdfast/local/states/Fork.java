package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.ErrorNames;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Runs strands side by side within a state, no more than a width at once. The first failure that
 * cannot be tolerated ends them all.
 */
final class Fork {
    private static final Logger LOG = LoggerFactory.getLogger(Fork.class);

    /** The strands' work. */
    interface Work {
        /** The Map item that a strand is for, if it is for one. */
        @Nullable ObjectNode item(int index);

        JsonNode run(Strand strand, int index) throws StateFailure;

        /** What to throw after this many failures, or nothing if that many are tolerated. */
        @Nullable StateFailure judge(StateFailure failure, int failures);
    }

    private final Strand parent;
    private final Work work;
    private final @Nullable JsonNode[] results;
    private final List<Strand> running = new ArrayList<>();
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private int next;
    private int workers;
    private int failures;
    private @Nullable StateFailure verdict;
    private long verdictEvent;

    private Fork(Strand parent, int count, int width, Work work) {
        this.parent = parent;
        this.work = work;
        this.results = new JsonNode[count];
        this.workers = Math.min(count, width);
    }

    /** The results in order, one for each strand; a tolerated failure's is its error output. */
    static List<JsonNode> run(Strand parent, int count, int width, Work work) throws StateFailure {
        if (count == 0) {
            return List.of();
        }
        return new Fork(parent, count, width, work).run();
    }

    private List<JsonNode> run() throws StateFailure {
        int threads = workers;
        for (int i = 0; i < threads; i++) {
            Thread.ofVirtual().start(this::work);
        }
        // Its own future: an abort of the parent must not end the wait for the children.
        CompletableFuture<Boolean> joined = done.copy();
        try {
            parent.await(joined);
        } catch (Aborted e) {
            done.join();
            throw e;
        }
        if (verdict != null) {
            parent.follow(verdictEvent);
            throw verdict;
        }
        for (JsonNode result : results) {
            if (result == null) {
                throw new Aborted(); // A strand found the execution closed before this one did.
            }
        }
        return List.of(results);
    }

    private void work() {
        try {
            for (int index = take(); index >= 0; index = take()) {
                run(index);
            }
        } catch (Aborted e) {
            // The parent is aborted; there is nobody to tell.
        } finally {
            leave();
        }
    }

    private void leave() {
        synchronized (this) {
            if (--workers > 0) {
                return;
            }
        }
        done.complete(true);
    }

    private synchronized int take() {
        return verdict == null && next < results.length ? next++ : -1;
    }

    private void run(int index) {
        Strand strand = parent.fork(work.item(index));
        synchronized (this) {
            if (verdict != null) {
                parent.joined(strand);
                return;
            }
            running.add(strand);
        }
        try {
            results[index] = work.run(strand, index);
            ended(strand);
        } catch (StateFailure e) {
            results[index] = e.output();
            failed(strand, e);
        } catch (Aborted e) {
            ended(strand);
        } catch (RuntimeException | Error e) {
            LOG.error("The engine failed in execution {}", parent.execution.arn, e);
            failed(strand, new StateFailure(ErrorNames.RUNTIME, "The engine failed: " + e));
        }
    }

    private synchronized void ended(Strand strand) {
        running.remove(strand);
        parent.joined(strand);
        if (verdict == null) {
            parent.follow(strand.lastEvent());
        }
    }

    private void failed(Strand strand, StateFailure failure) {
        List<Strand> others;
        synchronized (this) {
            running.remove(strand);
            parent.joined(strand);
            failures++;
            StateFailure judged = work.judge(failure, failures);
            if (judged == null || verdict != null) {
                return;
            }
            verdict = judged;
            verdictEvent = strand.lastEvent();
            others = List.copyOf(running);
        }
        others.forEach(Strand::abort);
    }
}
