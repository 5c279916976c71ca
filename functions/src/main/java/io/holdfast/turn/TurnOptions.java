package io.holdfast.turn;

import io.holdfast.assistant.OnBusy;
import io.holdfast.platform.SessionId;

import org.jspecify.annotations.Nullable;

/**
 * How a turn is begun.
 *
 * @param onBusy what becomes of it if another runs or waits; absent if the assistant decides
 * @param listed whether the session is to stand in its owner's list from now on
 * @param background what the model is told beside the conversation
 */
public record TurnOptions(@Nullable OnBusy onBusy, boolean listed, Turn.Background background) {
    /** For a message like any other. */
    public static final TurnOptions DEFAULT = new TurnOptions(null, true, Turn.Background.NONE);

    /** For work that nobody talks about: its session stands in no list. */
    public static final TurnOptions JOB = new TurnOptions(null, false, Turn.Background.NONE);

    /** The same, with what was asked for in case that another turn runs or waits. */
    public TurnOptions with(@Nullable OnBusy asked) {
        return new TurnOptions(asked, listed, background);
    }

    /** The same, with the page that the user was looking at. */
    public TurnOptions with(PageContext page) {
        return new TurnOptions(
                onBusy,
                listed,
                new Turn.Background(background.offRecord(), background.basis(), page.words()));
    }

    /** The same, off the record: no list shows it, and it is deleted an hour after its end. */
    public TurnOptions offRecord(@Nullable SessionId basis) {
        return new TurnOptions(onBusy, false, new Turn.Background(true, basis, background.page()));
    }
}
