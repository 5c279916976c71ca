package io.holdfast.operation;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import software.amazon.awssdk.services.sqs.SqsClient;

import java.util.random.RandomGenerator;

/** Where everything goes that is said about operations, whichever way it comes. */
public final class CompletionQueue {
    /** When a message was taken, in milliseconds: of progress, the latest counts. */
    public static final String TAKEN_AT = "takenAt";

    /** Most faults are over by then. */
    private static final int FIRST_SECONDS = 5;

    /** The queue's own visibility timeout, with which those come again that nobody gave back. */
    private static final int LONGEST_SECONDS = 720;

    private final SqsClient sqs;
    private final String url;
    private final RandomGenerator random;

    /** The queue at this URL. */
    public CompletionQueue(SqsClient sqs, String url, RandomGenerator random) {
        this.sqs = sqs;
        this.url = url;
        this.random = random;
    }

    /** Puts a message, as {@link Completions} takes it, on the queue. */
    public void put(ObjectNode message) {
        sqs.sendMessage(request -> request.queueUrl(url).messageBody(sendable(message)));
    }

    /**
     * Gives a message back that could not be taken: it comes again in seconds, and later each time.
     * The visibility timeout, which is longer than whoever takes it lives, lasts minutes.
     *
     * @param receiptHandle names the message as it was received
     * @param received how often it has come, from 1 on
     */
    void giveBack(String receiptHandle, int received) {
        int pause = pause(received, random);
        sqs.changeMessageVisibility(
                request ->
                        request.queueUrl(url)
                                .receiptHandle(receiptHandle)
                                .visibilityTimeout(pause));
    }

    /** In seconds: four times as long each time, half of it by chance. */
    static int pause(int received, RandomGenerator random) {
        int longest = FIRST_SECONDS;
        for (int times = 1; times < received && longest < LONGEST_SECONDS; times++) {
            longest = Math.min(LONGEST_SECONDS, 4 * longest);
        }
        return longest - random.nextInt(longest / 2 + 1);
    }

    /**
     * SQS takes the characters of XML alone (its API reference, SendMessage). Of the others, JSON
     * is not written with escapes for these two.
     */
    private static String sendable(ObjectNode message) {
        return Json.write(message).replace("\uFFFE", "\\ufffe").replace("\uFFFF", "\\uffff");
    }
}
