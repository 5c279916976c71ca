package io.holdfast.local.bedrock;

/** What answers a Converse or ConverseStream request. */
public interface ModelBackend {

    /**
     * Writes the answer, each piece as soon as it exists. Called on a virtual thread of the
     * request's own, which is interrupted when the client leaves.
     *
     * @return why the answer ended
     * @throws ModelFailure to fail as Bedrock does: as an HTTP error before the first piece, as an
     *     exception within the stream after it
     * @throws ConnectionDropped to cut the connection
     * @throws ClientGone from the writer, when nobody reads any more
     * @throws InterruptedException when the client left
     */
    StopReason answer(ConverseRequest request, AnswerWriter answer)
            throws ModelFailure, ConnectionDropped, ClientGone, InterruptedException;
}
