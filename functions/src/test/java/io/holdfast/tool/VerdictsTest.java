package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.assistant.Policy;
import io.holdfast.assistant.Policy.Rules;
import io.holdfast.assistant.Risk;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

class VerdictsTest {
    private static final Duration EXPIRES = Duration.ofDays(7);
    private static final Rules CAREFUL = rules(Risk.LOW, Risk.MEDIUM);

    @Test
    void lowRunsMiddleIsAskedHighIsDenied() {
        assertThat(verdict(everyone(CAREFUL), "x", Risk.LOW)).isEqualTo(new Verdict.Run());
        assertThat(verdict(everyone(CAREFUL), "x", Risk.MEDIUM))
                .isInstanceOfSatisfying(
                        Verdict.Ask.class,
                        ask -> {
                            assertThat(ask.expires()).isEqualTo(EXPIRES);
                            assertThat(ask.reason()).contains("x", "medium");
                        });
        assertThat(verdict(everyone(CAREFUL), "x", Risk.HIGH)).isInstanceOf(Verdict.Deny.class);
    }

    @Test
    void whatIsNamedIsAlwaysAskedWhateverItsRisk() {
        Rules rules = new Rules(Risk.HIGH, Risk.HIGH, List.of("pay_*"), List.of(), List.of());
        assertThat(verdict(everyone(rules), "pay_bill", Risk.LOW)).isInstanceOf(Verdict.Ask.class);
        assertThat(verdict(everyone(rules), "other", Risk.LOW)).isEqualTo(new Verdict.Run());

        Rules low = new Rules(Risk.LOW, Risk.LOW, List.of("pay_*"), List.of(), List.of());
        assertThat(verdict(everyone(low), "pay_bill", Risk.HIGH)).isInstanceOf(Verdict.Ask.class);
    }

    @Test
    void denyIsStrongerThanAllowAndConfirm() {
        Rules rules = new Rules(Risk.HIGH, Risk.HIGH, List.of("x"), List.of("x"), List.of("*"));
        assertThat(verdict(everyone(rules), "x", Risk.LOW)).isInstanceOf(Verdict.Deny.class);
    }

    @Test
    void allowNamesTheOnlyTools() {
        Rules rules = new Rules(Risk.HIGH, Risk.HIGH, List.of(), List.of("read_*"), List.of());
        assertThat(verdict(everyone(rules), "read_x", Risk.HIGH)).isEqualTo(new Verdict.Run());
        assertThat(verdict(everyone(rules), "write_x", Risk.LOW)).isInstanceOf(Verdict.Deny.class);
    }

    @Test
    void ofSeveralRolesTheMostGenerousGrantCounts() {
        Policy policy =
                policy(
                        rules(Risk.LOW, Risk.LOW),
                        Map.of(
                                "reader", rules(Risk.LOW, Risk.MEDIUM),
                                "admin", rules(Risk.HIGH, Risk.HIGH)));
        assertThat(verdict(policy, "x", Risk.HIGH, "reader", "admin")).isEqualTo(new Verdict.Run());
        assertThat(verdict(policy, "x", Risk.MEDIUM, "reader")).isInstanceOf(Verdict.Ask.class);
        assertThat(verdict(policy, "x", Risk.HIGH, "reader")).isInstanceOf(Verdict.Deny.class);
    }

    @Test
    void whatOneRoleDeniesIsDenied() {
        Policy policy =
                policy(
                        CAREFUL,
                        Map.of(
                                "guest",
                                new Rules(Risk.LOW, Risk.LOW, List.of(), List.of(), List.of("x")),
                                "admin",
                                rules(Risk.HIGH, Risk.HIGH)));
        assertThat(verdict(policy, "x", Risk.LOW, "guest", "admin"))
                .isInstanceOf(Verdict.Deny.class);
    }

    @Test
    void rolesWithoutRulesFallToEveryone() {
        Policy policy = policy(CAREFUL, Map.of("admin", rules(Risk.HIGH, Risk.HIGH)));
        assertThat(verdict(policy, "x", Risk.MEDIUM, "unknown")).isInstanceOf(Verdict.Ask.class);
        assertThat(verdict(policy, "x", Risk.MEDIUM)).isInstanceOf(Verdict.Ask.class);
        assertThat(verdict(policy, "x", Risk.MEDIUM, "unknown", "admin"))
                .isEqualTo(new Verdict.Run());
    }

    private static Rules rules(Risk runs, Risk confirms) {
        return new Rules(runs, confirms, List.of(), List.of(), List.of());
    }

    private static Policy everyone(Rules rules) {
        return policy(rules, Map.of());
    }

    private static Policy policy(Rules everyone, Map<String, Rules> roles) {
        return new Policy("p", EXPIRES, everyone, roles);
    }

    private static Verdict verdict(Policy policy, String tool, Risk risk, String... roles) {
        return Verdicts.of(policy, Set.of(roles), Calls.spec(tool, risk));
    }
}
