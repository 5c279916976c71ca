package io.holdfast.stream;

/**
 * The sequences that a turn's writers may give, bounded in the record, so that a stream that Redis
 * forgets can be made as long again as it may have been.
 *
 * <p>No chunk is written at the limit or beyond it. May be used by several threads.
 */
public interface Reservation {
    /** No limit: such a stream cannot be restored. */
    Reservation NONE =
            new Reservation() {
                @Override
                public long limit() {
                    return Long.MAX_VALUE;
                }

                @Override
                public long extend(long atLeast) {
                    return Long.MAX_VALUE;
                }
            };

    /** The sequence after the last that may be given. */
    long limit();

    /**
     * Makes room, durably, before more is written. What it throws is a {@link
     * PublishFailedException} of the writer.
     *
     * @return the new limit, {@code atLeast} or more
     */
    long extend(long atLeast);
}
