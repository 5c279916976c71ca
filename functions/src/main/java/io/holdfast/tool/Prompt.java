package io.holdfast.tool;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A prompt of an MCP server.
 *
 * @param name under which it is offered: the server's prefix and the server's own name for it, made
 *     to fit as a tool's
 * @param server what the configuration calls the server
 */
public record Prompt(
        String name,
        String server,
        @Nullable String title,
        @Nullable String description,
        List<Argument> arguments) {
    public Prompt {
        arguments = List.copyOf(arguments);
    }

    /** What goes into a prompt: a text. */
    public record Argument(String name, @Nullable String description, boolean required) {}
}
