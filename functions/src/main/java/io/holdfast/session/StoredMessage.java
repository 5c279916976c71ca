package io.holdfast.session;

import io.holdfast.chunk.UiMessage;

/** A message at its place in a conversation. */
public record StoredMessage(long position, UiMessage message) {}
