package io.holdfast.assistant;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Which tools run unasked, which must be confirmed, and which are not offered, by the caller's
 * roles.
 *
 * @param approvalExpires how long a human may take to confirm or deny
 * @param everyone for callers none of whose roles is named
 * @param roles by the role's name; of several that a caller has, what the most generous one grants
 *     counts, but what any of them denies is denied
 */
public record Policy(
        String name, Duration approvalExpires, Rules everyone, Map<String, Rules> roles) {
    public Policy {
        roles = Map.copyOf(roles);
    }

    /**
     * What a role may do. Lists hold tools' names, in which {@code *} stands for any characters.
     *
     * @param runs the highest risk that runs unasked
     * @param confirms the highest risk that runs when a human confirms it; what is higher is denied
     * @param confirm tools that are always asked about, whatever their risk
     * @param allow the only tools that are offered, if it is not empty
     * @param deny tools that are never offered; stronger than everything else
     */
    public record Rules(
            Risk runs, Risk confirms, List<String> confirm, List<String> allow, List<String> deny) {
        public Rules {
            confirm = List.copyOf(confirm);
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
        }
    }
}
