package io.holdfast.turn;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Preferences;

/**
 * A message that waits for the answer before its own.
 *
 * @param place where it stands; the lowest is next
 * @param preferences what the session asks for from then on
 */
public record Queued(TurnId turn, String place, UiMessage message, Preferences preferences) {}
