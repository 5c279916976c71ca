package io.holdfast.tool;

import java.util.List;

/**
 * What may be had, also of MCP servers.
 *
 * @param silent names of the servers that did not answer: what they offer is missing
 */
public record Menu<T>(List<T> items, List<String> silent) {
    public Menu {
        items = List.copyOf(items);
        silent = List.copyOf(silent);
    }
}
