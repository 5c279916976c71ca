package io.holdfast.local.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.lambda.InvocationResult;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import software.amazon.awssdk.services.sqs.model.Message;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The conditions of the developer guide, one by one. */
class BatchOutcomeTest {
    private static final List<Message> BATCH = List.of(message("m1"), message("m2"), message("m3"));

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"batchItemFailures":[{"itemIdentifier":"m2"}]} | m1 m3
                    {"batchItemFailures":[]}                        | m1 m2 m3
                    {"batchItemFailures":null}                      | m1 m2 m3
                    {}                                              | m1 m2 m3
                    null                                            | m1 m2 m3
                    `` | m1 m2 m3
                    {"batchItemFailures":[{"itemIdentifier":""}]}   | ``
                    {"batchItemFailures":[{"itemIdentifier":null}]} | ``
                    {"batchItemFailures":[{"id":"m2"}]}             | ``
                    {"batchItemFailures":[{"itemIdentifier":"m9"}]} | ``
                    {"batchItem                                     | ``
                    """)
    void ofAFunctionThatNamesItsFailures(String payload, String succeeded) {
        assertThat(ids(BatchOutcome.succeeded(BATCH, result(payload, false), true)))
                .isEqualTo(succeeded);
    }

    @Test
    void ofAFunctionThatDoesNotNameItsFailuresIsAllOrNothing() {
        String failures = "{\"batchItemFailures\":[{\"itemIdentifier\":\"m2\"}]}";

        assertThat(ids(BatchOutcome.succeeded(BATCH, result(failures, false), false)))
                .isEqualTo("m1 m2 m3");
        assertThat(BatchOutcome.succeeded(BATCH, result("{}", true), false)).isEmpty();
        assertThat(BatchOutcome.succeeded(BATCH, result("{}", true), true)).isEmpty();
    }

    private static InvocationResult result(String payload, boolean failed) {
        return new InvocationResult(
                payload.getBytes(StandardCharsets.UTF_8), failed ? "Unhandled" : null);
    }

    private static String ids(List<Message> messages) {
        return String.join(" ", messages.stream().map(Message::messageId).toList());
    }

    private static Message message(String id) {
        return Message.builder().messageId(id).build();
    }
}
