/** A real MCP server from npm, started and ended with the system. */
@NullMarked
package io.holdfast.local.mcp;

import org.jspecify.annotations.NullMarked;
