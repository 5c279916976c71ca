package io.holdfast.local.states;

import org.jspecify.annotations.Nullable;

/**
 * A call of a Lambda function.
 *
 * @param function the function's name alone
 * @param qualifier the version or alias, if one is named
 * @param invocationType {@code RequestResponse}, {@code Event} or {@code DryRun}
 * @param clientContext base64, if given
 * @param payload JSON
 */
public record FunctionCall(
        String function,
        @Nullable String qualifier,
        String invocationType,
        @Nullable String clientContext,
        String payload) {

    /**
     * Reads the function from its name, partial ARN or ARN, each with a qualifier or without.
     *
     * @see <a
     *     href="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters">Invoke</a>
     */
    static FunctionCall of(
            String reference,
            @Nullable String qualifier,
            String invocationType,
            @Nullable String clientContext,
            String payload) {
        int start = reference.indexOf(":function:");
        String name = start < 0 ? reference : reference.substring(start + ":function:".length());
        int colon = name.indexOf(':');
        String version = colon < 0 ? qualifier : name.substring(colon + 1);
        return new FunctionCall(
                colon < 0 ? name : name.substring(0, colon),
                version,
                invocationType,
                clientContext,
                payload);
    }
}
