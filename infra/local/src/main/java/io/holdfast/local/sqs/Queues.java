package io.holdfast.local.sqs;

import io.holdfast.local.template.Pseudo;
import io.holdfast.local.template.Resource.Queue;

import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Makes the template's queues. */
public final class Queues {
    private final SqsClient client;

    /** Makes queues by this client. */
    public Queues(SqsClient client) {
        this.client = client;
    }

    /** Makes all of them, dead-letter queues before the queues that need them. */
    public void create(List<Queue> queues) {
        List<Queue> ordered = new ArrayList<>(queues);
        ordered.sort(
                (a, b) -> Boolean.compare(a.deadLetter().isPresent(), b.deadLetter().isPresent()));
        for (Queue queue : ordered) {
            client.createQueue(b -> b.queueName(queue.name()).attributes(attributes(queue)));
        }
    }

    private static Map<QueueAttributeName, String> attributes(Queue queue) {
        Map<QueueAttributeName, String> attributes = new EnumMap<>(QueueAttributeName.class);
        attributes.put(
                QueueAttributeName.VISIBILITY_TIMEOUT,
                Long.toString(queue.visibilityTimeout().toSeconds()));
        attributes.put(QueueAttributeName.DELAY_SECONDS, Long.toString(queue.delay().toSeconds()));
        attributes.put(
                QueueAttributeName.RECEIVE_MESSAGE_WAIT_TIME_SECONDS,
                Long.toString(queue.receiveWait().toSeconds()));
        if (queue.fifo()) {
            attributes.put(QueueAttributeName.FIFO_QUEUE, "true");
            attributes.put(
                    QueueAttributeName.CONTENT_BASED_DEDUPLICATION,
                    Boolean.toString(queue.contentBasedDeduplication()));
        }
        queue.deadLetter()
                .ifPresent(
                        letter ->
                                attributes.put(
                                        QueueAttributeName.REDRIVE_POLICY,
                                        "{\"deadLetterTargetArn\":\""
                                                + Pseudo.arn("sqs", letter.queueName())
                                                + "\",\"maxReceiveCount\":"
                                                + letter.maxReceives()
                                                + "}"));
        return attributes;
    }
}
