package io.holdfast.operation;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import software.amazon.awssdk.services.sqs.SqsClient;

/** Where everything goes that is said about operations, whichever way it comes. */
public final class CompletionQueue {
    private final SqsClient sqs;
    private final String url;

    /** The queue at this URL. */
    public CompletionQueue(SqsClient sqs, String url) {
        this.sqs = sqs;
        this.url = url;
    }

    /** Puts a message, as {@link Completions} takes it, on the queue. */
    public void put(ObjectNode message) {
        sqs.sendMessage(request -> request.queueUrl(url).messageBody(sendable(message)));
    }

    /**
     * SQS takes the characters of XML alone (its API reference, SendMessage). Of the others, JSON
     * is not written with escapes for these two.
     */
    private static String sendable(ObjectNode message) {
        return Json.write(message).replace("\uFFFE", "\\ufffe").replace("\uFFFF", "\\uffff");
    }
}
