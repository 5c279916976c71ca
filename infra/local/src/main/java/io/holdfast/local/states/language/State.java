package io.holdfast.local.states.language;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One state.
 *
 * @see <a href="https://states-language.net/spec.html#states-fields">The specification's states</a>
 */
public sealed interface State {
    /** The state's name, unique in its state machine. */
    String name();

    /** Runs a resource. */
    record Task(
            String name,
            Resource resource,
            @Nullable Template arguments,
            @Nullable Template timeoutSeconds,
            @Nullable Template heartbeatSeconds,
            ErrorHandling handling,
            Exit exit)
            implements State {}

    /** Hands its input on, or makes another output. */
    record Pass(String name, Exit exit) implements State {}

    /** Waits for a time or until one; exactly one of the two is there. */
    record Wait(String name, @Nullable Template seconds, @Nullable Template timestamp, Exit exit)
            implements State {}

    /** Goes where the first rule that holds points, else to the default, if there is one. */
    record Choice(String name, List<Rule> rules, Exit otherwise) implements State {}

    /** A condition and where it leads. */
    record Rule(Template condition, Exit exit) {}

    /** Ends well. */
    record Succeed(String name, Exit exit) implements State {}

    /** Ends badly. */
    record Fail(String name, @Nullable Template error, @Nullable Template cause) implements State {}

    /** Runs branches side by side. */
    record Parallel(
            String name,
            @Nullable Template arguments,
            List<Flow> branches,
            ErrorHandling handling,
            Exit exit)
            implements State {}

    /** Runs one flow for each item of an array (inline mode). */
    record Each(
            String name,
            @Nullable Template items,
            @Nullable Template itemSelector,
            @Nullable Template maxConcurrency,
            @Nullable Template toleratedFailureCount,
            @Nullable Template toleratedFailurePercentage,
            Flow processor,
            ErrorHandling handling,
            Exit exit)
            implements State {}
}
