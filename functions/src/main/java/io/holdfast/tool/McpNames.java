package io.holdfast.tool;

import java.util.Optional;

/** Names of MCP tools as models take them: Bedrock's ToolSpecification allows these and no more. */
final class McpNames {
    private static final int MAX = 64;

    private McpNames() {}

    /** The name with its prefix, other characters replaced; empty if it is too long or empty. */
    static Optional<String> fit(String prefix, String name) {
        String full = prefix + name;
        if (name.isEmpty() || full.length() > MAX) {
            return Optional.empty();
        }
        return Optional.of(clean(full));
    }

    /** The text with other characters replaced. */
    static String clean(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            clean.append(isAllowed(character) ? character : '_');
        }
        return clean.toString();
    }

    private static boolean isAllowed(char character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || character == '_'
                || character == '-';
    }
}
