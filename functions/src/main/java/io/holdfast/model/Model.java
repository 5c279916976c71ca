package io.holdfast.model;

import java.time.Duration;

/** A model that answers in a stream of events. */
public interface Model {

    /** Begins an answer. */
    Answer ask(ModelRequest request);

    /** An answer on its way; close it to stop it. */
    interface Answer extends AutoCloseable {

        /**
         * The next event; {@link ModelEvent.End} or {@link ModelEvent.Refused} is the last.
         *
         * @param patience how long the model may be silent
         * @throws ModelThrottledException if it has too much to do
         * @throws ModelUnavailableException if it broke down or was silent for too long
         */
        ModelEvent next(Duration patience);

        @Override
        void close();
    }
}
