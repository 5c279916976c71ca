package io.holdfast.assistant;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/** Decides which assistant, model and effort a message gets. */
public final class Choice {

    private Choice() {}

    /** What a message gets. */
    public sealed interface Outcome {

        /** It is answered by this assistant with this model. */
        record Chosen(Assistant assistant, String model, ReasoningEffort effort)
                implements Outcome {}

        /**
         * It asked for what is not offered.
         *
         * @param reason in words for the client
         */
        record Refused(String reason) implements Outcome {}
    }

    /**
     * Of each of the three: what the message asks for, else what its session has stored, else the
     * default.
     *
     * @param override the message's; what is not offered is refused
     * @param stored the session's; what is not offered any more is passed over
     */
    public static Outcome of(Catalog catalog, Wish override, Wish stored) {
        Optional<Assistant> named =
                Optional.ofNullable(override.assistant()).flatMap(catalog::assistant);
        if (override.assistant() != null && named.isEmpty()) {
            return new Outcome.Refused("There is no assistant " + override.assistant() + ".");
        }
        Assistant assistant =
                named.or(() -> Optional.ofNullable(stored.assistant()).flatMap(catalog::assistant))
                        .orElseGet(() -> standard(catalog));
        if (override.model() != null && !offers(assistant, override.model())) {
            return new Outcome.Refused(
                    "The assistant "
                            + assistant.name()
                            + " does not offer the model "
                            + override.model()
                            + ".");
        }
        if (override.effort() != null && !offers(assistant, override.effort())) {
            return new Outcome.Refused(
                    "The assistant "
                            + assistant.name()
                            + " does not offer the reasoning effort "
                            + override.effort().wireName()
                            + ".");
        }
        return new Outcome.Chosen(
                assistant,
                model(assistant, override.model(), stored.model()),
                effort(assistant, override.effort(), stored.effort()));
    }

    private static Assistant standard(Catalog catalog) {
        return catalog.assistant(catalog.defaultAssistant())
                .orElseThrow(() -> new IllegalStateException("the catalog has no default"));
    }

    private static String model(
            Assistant assistant, @Nullable String override, @Nullable String stored) {
        if (override != null) {
            return override;
        }
        return stored != null && offers(assistant, stored) ? stored : assistant.model();
    }

    private static ReasoningEffort effort(
            Assistant assistant,
            @Nullable ReasoningEffort override,
            @Nullable ReasoningEffort stored) {
        if (override != null) {
            return override;
        }
        return stored != null && offers(assistant, stored) ? stored : assistant.reasoningEffort();
    }

    private static boolean offers(Assistant assistant, String model) {
        return model.equals(assistant.model())
                || Wildcard.matchesAny(assistant.overrides().models(), model);
    }

    private static boolean offers(Assistant assistant, ReasoningEffort effort) {
        return effort == assistant.reasoningEffort()
                || assistant.overrides().reasoningEfforts().contains(effort);
    }
}
