package io.holdfast.stream;

/**
 * Chunks could not be made durable: it is open whether they are in the stream. The writer is of no
 * use any more; the step must be written again under a new fence.
 */
public final class PublishFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PublishFailedException(Throwable cause) {
        super("chunks could not be written to the stream", cause);
    }
}
