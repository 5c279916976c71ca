package io.holdfast.local.states.language;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Checks what only the whole shows: transitions lead to states of the same flow, every state is
 * reached, names are unique, and no inner flow assigns a variable of an outer one.
 *
 * @see <a href="https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html">Scope
 *     of variables</a>
 */
final class FlowChecker {
    private final List<Problem> problems;
    private final Set<String> names = new HashSet<>();

    private FlowChecker(List<Problem> problems) {
        this.problems = problems;
    }

    static void check(Flow flow, String place, List<Problem> problems) {
        new FlowChecker(problems).check(flow, place, Set.of());
    }

    private void check(Flow flow, String place, Set<String> outerVariables) {
        if (!flow.states().containsKey(flow.startAt())) {
            transition("Missing 'StartAt' target: " + flow.startAt(), place + "/StartAt");
        }
        // In the order of their names, so that the faults are always told in the same order.
        Map<String, State> states = new TreeMap<>(flow.states());
        Set<String> reached = reached(flow);
        int before = problems.size();
        for (State state : states.values()) {
            String at = place + "/States/" + state.name();
            if (!names.add(state.name())) {
                problems.add(
                        new Problem(
                                Problem.DUPLICATE_NAME,
                                "Duplicate State name: " + state.name(),
                                at));
            }
            for (Way way : exits(state)) {
                if (way.next() != null && !flow.states().containsKey(way.next())) {
                    transition("Missing 'Next' target: " + way.next(), at + way.field());
                }
                for (String name : way.names()) {
                    if (outerVariables.contains(name)) {
                        problems.add(
                                new Problem(
                                        Problem.SCHEMA,
                                        "The variable '" + name + "' belongs to an outer scope",
                                        at + way.holder() + "/Assign/" + name));
                    }
                }
            }
            if (!reached.contains(state.name()) && flow.states().containsKey(flow.startAt())) {
                transition("State \"" + state.name() + "\" is not reachable.", at);
            }
            switch (state) {
                case State.Parallel parallel -> {
                    Set<String> outer = around(parallel, states.values(), outerVariables);
                    for (int i = 0; i < parallel.branches().size(); i++) {
                        check(parallel.branches().get(i), at + "/Branches[" + i + "]", outer);
                    }
                }
                case State.Each each ->
                        check(
                                each.processor(),
                                at + "/ItemProcessor",
                                around(each, states.values(), outerVariables));
                case State.Task _,
                        State.Pass _,
                        State.Wait _,
                        State.Choice _,
                        State.Succeed _,
                        State.Fail _ -> {}
            }
        }
        if (problems.size() == before
                && states.values().stream().noneMatch(FlowChecker::isTerminal)) {
            problems.add(
                    new Problem(Problem.NO_END, "There is no terminal state", place + "/States"));
        }
    }

    /**
     * The variables that a state's inner flows may not assign. AWS takes those that only the
     * state's own catchers assign, since by then the inner ones are gone.
     */
    private static Set<String> around(
            State fork, Collection<State> states, Set<String> outerVariables) {
        Set<String> variables = new HashSet<>(outerVariables);
        for (State state : states) {
            for (Way way : exits(state)) {
                if (!state.equals(fork) || !way.isCatch()) {
                    variables.addAll(way.names());
                }
            }
        }
        return variables;
    }

    private static boolean isTerminal(State state) {
        return switch (state) {
            case State.Succeed _, State.Fail _ -> true;
            case State.Choice _ -> false;
            case State.Task _, State.Pass _, State.Wait _, State.Parallel _, State.Each _ ->
                    exits(state).getFirst().next() == null;
        };
    }

    private void transition(String message, String place) {
        problems.add(new Problem(Problem.TRANSITION, message, place));
    }

    private static Set<String> reached(Flow flow) {
        Set<String> reached = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(flow.startAt()));
        while (!open.isEmpty()) {
            State state = flow.states().get(open.pop());
            if (state != null && reached.add(state.name())) {
                for (Way way : exits(state)) {
                    if (way.next() != null) {
                        open.push(way.next());
                    }
                }
            }
        }
        return reached;
    }

    /** One way out of a state, and the place that says so. */
    private record Way(String holder, String key, Exit exit) {
        @Nullable String next() {
            return exit.next();
        }

        boolean isCatch() {
            return holder.startsWith("/Catch");
        }

        String field() {
            return holder + "/" + key;
        }

        Set<String> names() {
            return exit.assign().keySet();
        }
    }

    private static List<Way> exits(State state) {
        return switch (state) {
            case State.Task task -> exits(task.exit(), task.handling());
            case State.Parallel parallel -> exits(parallel.exit(), parallel.handling());
            case State.Each each -> exits(each.exit(), each.handling());
            case State.Pass pass -> List.of(new Way("", "Next", pass.exit()));
            case State.Wait wait -> List.of(new Way("", "Next", wait.exit()));
            case State.Succeed succeed -> List.of(new Way("", "Next", succeed.exit()));
            case State.Fail _ -> List.of();
            case State.Choice choice -> {
                List<Way> ways = new ArrayList<>();
                for (int i = 0; i < choice.rules().size(); i++) {
                    ways.add(new Way("/Choices[" + i + "]", "Next", choice.rules().get(i).exit()));
                }
                ways.add(new Way("", "Default", choice.otherwise()));
                yield ways;
            }
        };
    }

    private static List<Way> exits(Exit exit, ErrorHandling handling) {
        List<Way> ways = new ArrayList<>(List.of(new Way("", "Next", exit)));
        for (int i = 0; i < handling.catchers().size(); i++) {
            ways.add(new Way("/Catch[" + i + "]", "Next", handling.catchers().get(i).exit()));
        }
        return ways;
    }
}
