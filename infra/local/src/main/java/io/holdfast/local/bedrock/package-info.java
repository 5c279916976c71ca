/**
 * A stand-in for Bedrock's ConverseStream and Converse: the real wire format before a scripted
 * model, or before any OpenAI-compatible server.
 */
@NullMarked
package io.holdfast.local.bedrock;

import org.jspecify.annotations.NullMarked;
