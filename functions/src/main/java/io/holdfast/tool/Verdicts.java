package io.holdfast.tool;

import io.holdfast.assistant.Policy;
import io.holdfast.assistant.Policy.Rules;
import io.holdfast.assistant.Risk;
import io.holdfast.assistant.Wildcard;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Applies a {@link Policy}. */
final class Verdicts {
    private Verdicts() {}

    /** What the policy says of a tool for a caller of these roles. */
    static Verdict of(Policy policy, Set<String> roles, ToolSpec spec) {
        List<Rules> rules =
                roles.stream().map(policy.roles()::get).filter(Objects::nonNull).toList();
        if (rules.isEmpty()) {
            rules = List.of(policy.everyone());
        }
        if (rules.stream().anyMatch(rule -> Wildcard.matchesAny(rule.deny(), spec.name()))) {
            return new Verdict.Deny("The policy does not allow the tool " + spec.name());
        }
        boolean asked = false;
        for (Rules rule : rules) {
            switch (grant(rule, spec)) {
                case RUN -> {
                    return new Verdict.Run();
                }
                case ASK -> asked = true;
                case NOTHING -> {}
            }
        }
        return asked
                ? new Verdict.Ask(reason(spec), policy.approvalExpires())
                : new Verdict.Deny(
                        "The policy does not allow the tool %s (its risk is %s)"
                                .formatted(spec.name(), spec.risk().wireName()));
    }

    private enum Grant {
        RUN,
        ASK,
        NOTHING
    }

    private static Grant grant(Rules rules, ToolSpec spec) {
        if (!rules.allow().isEmpty() && !Wildcard.matchesAny(rules.allow(), spec.name())) {
            return Grant.NOTHING;
        }
        // Named tools are asked about whatever their risk, so this stands before the risks.
        if (Wildcard.matchesAny(rules.confirm(), spec.name())) {
            return Grant.ASK;
        }
        if (atMost(spec.risk(), rules.runs())) {
            return Grant.RUN;
        }
        return atMost(spec.risk(), rules.confirms()) ? Grant.ASK : Grant.NOTHING;
    }

    private static boolean atMost(Risk risk, Risk highest) {
        return risk.compareTo(highest) <= 0;
    }

    private static String reason(ToolSpec spec) {
        return "The tool %s (risk: %s) runs only when somebody confirms it"
                .formatted(spec.name(), spec.risk().wireName());
    }
}
