package io.holdfast.local.lambda;

import org.jspecify.annotations.Nullable;

/**
 * What a function answered.
 *
 * @param payload the result, or {@code {"errorMessage", "errorType", "stackTrace"}} for an error;
 *     JSON
 * @param functionError {@code Unhandled} if the function threw or timed out, else absent
 */
// The array is handed on, never changed: records of bytes are carriers here.
@SuppressWarnings("ArrayRecordComponent")
public record InvocationResult(byte[] payload, @Nullable String functionError) {}
