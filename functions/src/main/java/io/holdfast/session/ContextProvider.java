package io.holdfast.session;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What may be put into a conversation's system prompt beside the assistant's own words. */
public enum ContextProvider {
    /** Today's date. */
    DATE,
    /** Resources and prompts of MCP servers. */
    MCP,
    /** What the user has written about themselves. */
    PROFILE,
    /** Notes about the user. */
    MEMORY,
    /** The state of what the conversation is about. */
    SUBJECT;

    /** As configuration and clients call it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The provider of a name; empty if there is none. */
    public static Optional<ContextProvider> of(String wireName) {
        return Arrays.stream(values())
                .filter(provider -> provider.wireName().equals(wireName))
                .findFirst();
    }
}
