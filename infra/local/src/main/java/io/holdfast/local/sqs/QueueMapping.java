package io.holdfast.local.sqs;

import io.holdfast.local.lambda.FunctionInvoker;
import io.holdfast.local.lambda.InvocationResult;
import io.holdfast.local.lambda.TooManyRequestsException;
import io.holdfast.local.template.Pseudo;
import io.holdfast.local.template.Resource.EventSourceMapping;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Brings a queue's messages to a function, as a Lambda event source mapping does: several pollers
 * side by side, batches, and only what succeeded is deleted. What failed stays until its visibility
 * timeout, and so until the queue's redrive policy sends it to the dead-letter queue.
 */
public final class QueueMapping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueueMapping.class);

    /** The most messages in one receive, and in one delete, that SQS allows. */
    private static final int MAX_MESSAGES = 10;

    /** The longest wait that SQS allows. */
    private static final Duration LONG_POLL = Duration.ofSeconds(20);

    /** Before the next poll after one that failed. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final EventSourceMapping mapping;
    private final SqsClient client;
    private final FunctionInvoker functions;
    private final String queueUrl;
    private final List<Thread> pollers = new ArrayList<>();
    private volatile boolean closed;

    private QueueMapping(
            EventSourceMapping mapping, URI sqs, SqsClient client, FunctionInvoker functions) {
        this.mapping = mapping;
        this.client = client;
        this.functions = functions;
        this.queueUrl = sqs + "/" + Pseudo.ACCOUNT + "/" + mapping.queueName();
    }

    /**
     * Starts to poll, unless the mapping is disabled.
     *
     * @param client must wait longer than 20 s for an answer; it is not closed here
     */
    public static QueueMapping start(
            EventSourceMapping mapping, URI sqs, SqsClient client, FunctionInvoker functions) {
        QueueMapping started = new QueueMapping(mapping, sqs, client, functions);
        for (int i = 0; mapping.enabled() && i < mapping.concurrency(); i++) {
            started.pollers.add(
                    Thread.ofVirtual()
                            .name("sqs-" + mapping.queueName() + "-" + i)
                            .start(started::poll));
        }
        return started;
    }

    /** Stops polling at once; a batch that is with the function comes again. */
    @Override
    public void close() {
        closed = true;
        pollers.forEach(Thread::interrupt);
    }

    private void poll() {
        while (!closed) {
            try {
                List<Message> batch = receive();
                if (!batch.isEmpty()) {
                    handle(batch);
                }
            } catch (SdkException | TooManyRequestsException e) {
                if (!closed) {
                    LOG.warn("The queue {} was not polled: {}", mapping.queueName(), e.toString());
                    pause();
                }
            }
        }
    }

    /** One long poll, and, with a window, as many more as fit in before the batch is full. */
    private List<Message> receive() {
        List<Message> batch = new ArrayList<>(receive(mapping.batchSize(), LONG_POLL));
        long deadline = System.nanoTime() + mapping.window().toNanos();
        while (!batch.isEmpty() && !closed && batch.size() < mapping.batchSize()) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.compareTo(Duration.ofSeconds(1)) < 0) {
                break;
            }
            batch.addAll(receive(mapping.batchSize() - batch.size(), left));
        }
        return batch;
    }

    private List<Message> receive(int most, Duration wait) {
        return client.receiveMessage(
                        b ->
                                b.queueUrl(queueUrl)
                                        .maxNumberOfMessages(Math.min(most, MAX_MESSAGES))
                                        .waitTimeSeconds(
                                                (int)
                                                        Math.min(
                                                                wait.toSeconds(),
                                                                LONG_POLL.toSeconds()))
                                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                                        .messageAttributeNames("All"))
                .messages();
    }

    private void handle(List<Message> batch) {
        InvocationResult result =
                functions.invoke(mapping.functionName(), QueueEvent.of(mapping.queueName(), batch));
        List<Message> done = BatchOutcome.succeeded(batch, result, mapping.partialFailures());
        for (int from = 0; from < done.size(); from += MAX_MESSAGES) {
            List<DeleteMessageBatchRequestEntry> entries =
                    done.subList(from, Math.min(from + MAX_MESSAGES, done.size())).stream()
                            .map(
                                    message ->
                                            DeleteMessageBatchRequestEntry.builder()
                                                    .id(message.messageId())
                                                    .receiptHandle(message.receiptHandle())
                                                    .build())
                            .toList();
            client.deleteMessageBatch(b -> b.queueUrl(queueUrl).entries(entries));
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.plusMillis(ThreadLocalRandom.current().nextInt(500)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
