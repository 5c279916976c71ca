package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.bedrockruntime.model.AccessDeniedException;
import software.amazon.awssdk.services.bedrockruntime.model.InternalServerException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelNotReadyException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelStreamErrorException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelTimeoutException;
import software.amazon.awssdk.services.bedrockruntime.model.ResourceNotFoundException;
import software.amazon.awssdk.services.bedrockruntime.model.ServiceQuotaExceededException;
import software.amazon.awssdk.services.bedrockruntime.model.ServiceUnavailableException;
import software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException;
import software.amazon.awssdk.services.bedrockruntime.model.ValidationException;

import java.io.IOException;
import java.util.stream.Stream;

final class BedrockFailuresTest {

    static Stream<Throwable> throttled() {
        return Stream.of(
                ThrottlingException.builder().build(),
                ServiceQuotaExceededException.builder().build());
    }

    @ParameterizedTest
    @MethodSource
    void throttled(Throwable failure) {
        assertThatThrownBy(() -> BedrockFailures.refusal(failure))
                .isInstanceOf(ModelThrottledException.class)
                .hasCause(failure);
    }

    static Stream<Throwable> mayPass() {
        return Stream.of(
                ServiceUnavailableException.builder().build(),
                InternalServerException.builder().build(),
                ModelStreamErrorException.builder().build(),
                ModelTimeoutException.builder().build(),
                ModelNotReadyException.builder().build(),
                SdkClientException.create("connection reset"),
                new IOException("connection reset"));
    }

    @ParameterizedTest
    @MethodSource
    void mayPass(Throwable failure) {
        assertThatThrownBy(() -> BedrockFailures.refusal(failure))
                .isInstanceOf(ModelUnavailableException.class)
                .hasCause(failure);
    }

    @Test
    void tellsATooLongConversationFromAnInvalidOne() {
        assertThat(
                        BedrockFailures.refusal(
                                ValidationException.builder()
                                        .message("Input is too long for requested model.")
                                        .build()))
                .isEqualTo(ModelRefusal.TOO_LONG);
        assertThat(BedrockFailures.refusal(ValidationException.builder().message("nope").build()))
                .isEqualTo(ModelRefusal.INVALID);
        assertThat(BedrockFailures.refusal(ValidationException.builder().build()))
                .isEqualTo(ModelRefusal.INVALID);
    }

    @Test
    void knowsAModelThatIsNotToBeHad() {
        assertThat(BedrockFailures.refusal(AccessDeniedException.builder().build()))
                .isEqualTo(ModelRefusal.UNAVAILABLE);
        assertThat(BedrockFailures.refusal(ResourceNotFoundException.builder().build()))
                .isEqualTo(ModelRefusal.UNAVAILABLE);
    }
}
