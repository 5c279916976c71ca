package io.holdfast.turn;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

/** What the sweeper should look at. */
sealed interface Due {
    /** A turn that is not settled. */
    record OfTurn(TurnId id) implements Due {}

    /** A session that is deleted, or will be. */
    record OfSession(SessionId id) implements Due {}

    /** A session that was claimed, whose turns are not all in its owner's list yet. */
    record OfHandover(SessionId id) implements Due {}

    /** A guest who cannot come back. */
    record OfGuest(UserId id) implements Due {}
}
