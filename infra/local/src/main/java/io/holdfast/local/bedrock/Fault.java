package io.holdfast.local.bedrock;

import java.util.Locale;

/**
 * The errors of Bedrock's runtime API with their HTTP status. Source: <a
 * href="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html">ConverseStream</a>.
 */
public enum Fault {
    ACCESS_DENIED(403, "AccessDeniedException", false),
    INTERNAL_SERVER(500, "InternalServerException", true),
    MODEL_ERROR(424, "ModelErrorException", false),
    MODEL_NOT_READY(429, "ModelNotReadyException", false),
    MODEL_STREAM_ERROR(424, "ModelStreamErrorException", true),
    MODEL_TIMEOUT(408, "ModelTimeoutException", false),
    RESOURCE_NOT_FOUND(404, "ResourceNotFoundException", false),
    SERVICE_UNAVAILABLE(503, "ServiceUnavailableException", true),
    THROTTLING(429, "ThrottlingException", true),
    VALIDATION(400, "ValidationException", true);

    private final int status;
    private final String exceptionName;
    private final boolean inStream;

    Fault(int status, String exceptionName, boolean inStream) {
        this.status = status;
        this.exceptionName = exceptionName;
        this.inStream = inStream;
    }

    int status() {
        return status;
    }

    String exceptionName() {
        return exceptionName;
    }

    /** Whether the output stream's union has a member for it; there are five. */
    boolean inStream() {
        return inStream;
    }

    /** The member's name in the output stream's union. */
    String streamName() {
        return exceptionName.substring(0, 1).toLowerCase(Locale.ROOT) + exceptionName.substring(1);
    }
}
