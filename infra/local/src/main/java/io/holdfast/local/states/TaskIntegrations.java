package io.holdfast.local.states;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The services that tasks call. Each call has a thread of its own, which is interrupted when the
 * task has timed out or its execution was stopped.
 */
public interface TaskIntegrations {

    /**
     * Invokes a Lambda function and waits for it, as long as it takes: a function may run for 15
     * minutes, and a task bounds it by its own {@code TimeoutSeconds}.
     *
     * @throws StateFailure if the service refuses or cannot be reached, such as {@code
     *     Lambda.TooManyRequestsException}; an error of the function itself is an answer
     * @throws InterruptedException if the answer is no longer wanted
     */
    FunctionResponse invoke(FunctionCall call) throws StateFailure, InterruptedException;

    /**
     * Sends a message to a queue.
     *
     * @param arguments of SQS's {@code SendMessage}, the body a string
     * @return {@code MessageId}, {@code MD5OfMessageBody}, …
     * @throws StateFailure if the service refuses or cannot be reached, such as {@code
     *     SQS.QueueDoesNotExistException}
     * @throws InterruptedException if the answer is no longer wanted
     */
    ObjectNode sendMessage(ObjectNode arguments) throws StateFailure, InterruptedException;
}
