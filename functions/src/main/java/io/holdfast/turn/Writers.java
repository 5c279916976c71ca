package io.holdfast.turn;

import io.holdfast.stream.CoalesceSettings;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.Reservation;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnWriter;

import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/** Opens writers of turns' streams; a stream that Redis forgot is made again first. */
final class Writers {
    /** How often a stream that vanishes under our hands is made again. */
    private static final int RESTORATIONS = 5;

    private final Delivery delivery;
    private final ScheduledExecutorService scheduler;
    private final StreamRestorer restorer;
    private final Supplier<String> holders;

    Writers(
            Delivery delivery,
            ScheduledExecutorService scheduler,
            StreamRestorer restorer,
            Supplier<String> holders) {
        this.delivery = delivery;
        this.scheduler = scheduler;
        this.restorer = restorer;
        this.holders = holders;
    }

    /**
     * Opens a writer.
     *
     * @param reached entries that the stream has at least
     * @param restore makes the stream again
     * @throws StreamForgottenException if it vanishes again and again
     */
    TurnWriter open(
            Turn turn, Fence fence, long reached, Reservation reservation, Runnable restore) {
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            var _ = delivery.stream().verify(turn.id(), reached);
            TurnWriter writer =
                    TurnWriter.open(
                            delivery,
                            scheduler,
                            CoalesceSettings.DEFAULT,
                            turn.id(),
                            fence,
                            holders.get(),
                            reservation);
            if (!(writer.opened() instanceof Opened.Missing)) {
                if (fence.attempt() > 1) {
                    // Who came while Redis was away is in the record only.
                    restorer.adopt(turn.id());
                }
                return writer;
            }
            writer.close();
            restore.run();
        }
        throw new StreamForgottenException();
    }

    /**
     * Whether a writer may go on.
     *
     * @return false if the turn has ended
     * @throws OutdatedAttemptException if a newer attempt writes: whoever waits for this one, if
     *     anyone still does, shall try again
     * @throws StreamForgottenException if the stream has vanished
     */
    static boolean goesOn(TurnWriter.State state) {
        return switch (state) {
            case TurnWriter.State.Writing() -> true;
            case TurnWriter.State.Ended ended -> false;
            case TurnWriter.State.Outdated outdated ->
                    throw new OutdatedAttemptException(outdated.current());
            case TurnWriter.State.Missing() -> throw new StreamForgottenException();
        };
    }
}
