package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Flow;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One line of states that run one after the other on a thread of its own: an execution's, a
 * branch's, or an item's. It has variables of its own, sees those of the strands around it, and can
 * be aborted from any thread while it waits.
 */
final class Strand {
    final Execution execution;
    private final @Nullable Strand parent;
    private final @Nullable ObjectNode mapItem;
    // Written by this strand's thread only; its children read them while that thread waits.
    private final Map<String, JsonNode> variables = new HashMap<>();
    private final Set<Strand> children = new HashSet<>();
    private @Nullable CompletableFuture<?> awaited;
    private boolean aborted;
    private volatile long lastEvent;

    /**
     * Makes a strand.
     *
     * @param mapItem the index and value of the item that it is for, if it is for one
     */
    Strand(Execution execution, @Nullable Strand parent, @Nullable ObjectNode mapItem) {
        this.execution = execution;
        this.parent = parent;
        this.mapItem = mapItem;
        this.lastEvent = parent == null ? 0 : parent.lastEvent;
    }

    /** Runs the flow to its end. */
    Payload run(Flow flow, Payload input) throws StateFailure {
        String name = flow.startAt();
        Payload current = input;
        while (true) {
            Visit.Step step = new Visit(this, flow.state(name), current).run();
            // Only now: a state's own expressions see the values from before it.
            variables.putAll(step.assigned());
            if (step.next() == null) {
                return step.output();
            }
            name = step.next();
            current = step.output();
        }
    }

    @Nullable JsonNode variable(String name) {
        JsonNode value = variables.get(name);
        return value == null && parent != null ? parent.variable(name) : value;
    }

    /** The item of the nearest Map state around. */
    @Nullable ObjectNode mapItem() {
        return mapItem == null && parent != null ? parent.mapItem() : mapItem;
    }

    long event(String type, @Nullable String detailsName, ObjectNode details) {
        lastEvent = execution.append(lastEvent, type, detailsName, details);
        return lastEvent;
    }

    long lastEvent() {
        return lastEvent;
    }

    /** Makes the next event follow another strand's. */
    void follow(long event) {
        lastEvent = event;
    }

    /**
     * Waits.
     *
     * @throws Aborted if the strand is aborted before or meanwhile
     */
    <T> T await(CompletableFuture<T> future) throws StateFailure {
        synchronized (this) {
            if (aborted) {
                throw new Aborted();
            }
            awaited = future;
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StateFailure failure -> throw failure;
                case Aborted abort -> throw abort;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("a strand is aborted, never interrupted", e);
        } finally {
            synchronized (this) {
                awaited = null;
            }
        }
    }

    void abort() {
        Set<Strand> inner;
        synchronized (this) {
            aborted = true;
            inner = Set.copyOf(children);
            if (awaited != null) {
                awaited.completeExceptionally(new Aborted());
            }
        }
        inner.forEach(Strand::abort);
    }

    /** A strand within this one, aborted with it. */
    Strand fork(@Nullable ObjectNode item) {
        Strand child = new Strand(execution, this, item);
        synchronized (this) {
            if (aborted) {
                throw new Aborted();
            }
            children.add(child);
        }
        return child;
    }

    synchronized void joined(Strand child) {
        children.remove(child);
    }
}
