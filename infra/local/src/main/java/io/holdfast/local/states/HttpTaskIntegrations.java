package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Json;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Lambda and SQS behind their HTTP APIs, whoever serves these. */
public final class HttpTaskIntegrations implements TaskIntegrations, AutoCloseable {
    // An endpoint on this machine that does not accept within this time is not there.
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    // Lambda answers 6 MB at most; what is over 256 KiB, the engine refuses by itself.
    private static final long MAX_BODY = 8L << 20;

    /**
     * The errors of Invoke that have names of their own; any other is an {@code
     * AWSLambdaException}.
     *
     * @see <a
     *     href="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors">Invoke</a>
     */
    private static final Set<String> LAMBDA_ERRORS =
            Set.of(
                    "EC2AccessDeniedException",
                    "EC2ThrottledException",
                    "EC2UnexpectedException",
                    "EFSIOException",
                    "EFSMountConnectivityException",
                    "EFSMountFailureException",
                    "EFSMountTimeoutException",
                    "ENILimitReachedException",
                    "InvalidParameterValueException",
                    "InvalidRequestContentException",
                    "InvalidRuntimeException",
                    "InvalidSecurityGroupIDException",
                    "InvalidSubnetIDException",
                    "InvalidZipFileException",
                    "KMSAccessDeniedException",
                    "KMSDisabledException",
                    "KMSInvalidStateException",
                    "KMSNotFoundException",
                    "RecursiveInvocationException",
                    "RequestTooLargeException",
                    "ResourceConflictException",
                    "ResourceNotFoundException",
                    "ResourceNotReadyException",
                    "ServiceException",
                    "SnapStartException",
                    "SnapStartNotReadyException",
                    "SnapStartTimeoutException",
                    "SubnetIPAddressLimitReachedException",
                    "TooManyRequestsException",
                    "UnsupportedMediaTypeException");

    private static final Set<String> SQS_ERRORS =
            Set.of("QueueDoesNotExist", "InvalidMessageContents", "UnsupportedOperation");

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .build();
    private final String lambdaEndpoint;
    private final URI sqsEndpoint;

    /** Takes the services' base URLs. */
    public HttpTaskIntegrations(URI lambdaEndpoint, URI sqsEndpoint) {
        this.lambdaEndpoint = lambdaEndpoint.toString().replaceAll("/+$", "");
        this.sqsEndpoint = sqsEndpoint.getPath().isEmpty() ? sqsEndpoint.resolve("/") : sqsEndpoint;
    }

    @Override
    public FunctionResponse invoke(FunctionCall call) throws StateFailure, InterruptedException {
        String url =
                lambdaEndpoint
                        + "/2015-03-31/functions/"
                        + encode(call.function())
                        + "/invocations"
                        + (call.qualifier() == null
                                ? ""
                                : "?Qualifier=" + encode(call.qualifier()));
        HttpRequest.Builder request =
                request(URI.create(url), "lambda")
                        .header("Content-Type", "application/json")
                        .header("X-Amz-Invocation-Type", call.invocationType())
                        .POST(HttpRequest.BodyPublishers.ofString(call.payload()));
        if (call.clientContext() != null) {
            request.header("X-Amz-Client-Context", call.clientContext());
        }
        HttpResponse<String> response = send(request.build(), "Lambda");
        if (response.statusCode() >= 300) {
            String error = errorType(response);
            throw failure(
                    response,
                    "Lambda." + (LAMBDA_ERRORS.contains(error) ? error : "AWSLambdaException"),
                    "AWSLambda",
                    error);
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        response.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
        return new FunctionResponse(
                response.statusCode(),
                response.body(),
                headers.get("X-Amz-Function-Error"),
                headers);
    }

    @Override
    public ObjectNode sendMessage(ObjectNode arguments) throws StateFailure, InterruptedException {
        HttpRequest request =
                request(sqsEndpoint, "sqs")
                        .header("Content-Type", "application/x-amz-json-1.0")
                        .header("X-Amz-Target", "AmazonSQS.SendMessage")
                        .POST(HttpRequest.BodyPublishers.ofString(Json.write(arguments)))
                        .build();
        HttpResponse<String> response = send(request, "SQS");
        if (response.statusCode() >= 300) {
            String error = errorType(response);
            throw failure(
                    response,
                    "SQS."
                            + (SQS_ERRORS.contains(error)
                                    ? error + "Exception"
                                    : "AmazonSQSException"),
                    "AmazonSQS",
                    error);
        }
        if (body(response) instanceof ObjectNode answer) {
            return answer;
        }
        throw new StateFailure("SQS.SdkClientException", "The service answered no JSON object");
    }

    private HttpResponse<String> send(HttpRequest request, String service)
            throws StateFailure, InterruptedException {
        try {
            return client.send(request, BodyHandlers.limiting(BodyHandlers.ofString(), MAX_BODY));
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new StateFailure(
                    service + ".SdkClientException", "Unable to execute HTTP request: " + reason);
        }
    }

    private static HttpRequest.Builder request(URI uri, String service) {
        // Local services check no signature, but some look for one.
        return HttpRequest.newBuilder(uri)
                .header(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/"
                                + service
                                + "/aws4_request, SignedHeaders=host, Signature=0");
    }

    private static StateFailure failure(
            HttpResponse<String> response, String name, String service, String code) {
        JsonNode body = body(response);
        String message = body.path("message").asText(body.path("Message").asText(response.body()));
        return new StateFailure(
                name,
                "%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: %s)"
                        .formatted(
                                message,
                                service,
                                response.statusCode(),
                                code,
                                response.headers().firstValue("x-amzn-requestid").orElse("null")));
    }

    /** The error's name: in a header or in the body, perhaps after a namespace. */
    private static String errorType(HttpResponse<String> response) {
        JsonNode body = body(response);
        String type =
                response.headers()
                        .firstValue("x-amzn-errortype")
                        .orElseGet(() -> body.path("__type").asText(body.path("Type").asText("")));
        type = type.substring(type.lastIndexOf('#') + 1);
        int colon = type.indexOf(':');
        return colon < 0 ? type : type.substring(0, colon);
    }

    private static JsonNode body(HttpResponse<String> response) {
        try {
            return Json.read(response.body());
        } catch (IOException e) {
            return Json.object();
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
