package io.holdfast.platform;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.TransactionConflictException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.scheduler.SchedulerClient;
import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sqs.SqsClient;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Builds the AWS clients of a function from its environment.
 *
 * <p>The variables are the SDK's own ({@code AWS_REGION}, {@code AWS_ACCESS_KEY_ID}, {@code
 * AWS_ENDPOINT_URL_DYNAMODB} …, see "Service-specific endpoints" in the AWS SDKs and Tools
 * Reference Guide). They are read from a map, and not by the SDK from the process, so that several
 * functions can run in one JVM.
 */
public final class AwsClients {
    /** Longer than any call of ours should take, shorter than a function's life. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(15);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    private final Map<String, String> environment;
    private final Region region;
    private final AwsCredentialsProvider credentials;
    private final SdkHttpClient http;
    private @Nullable SfnClient stepFunctions;

    /** Reads region, credentials and endpoints from this environment. */
    public AwsClients(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
        this.region = Region.of(this.environment.getOrDefault("AWS_REGION", "us-east-1"));
        this.credentials = credentials(this.environment);
        this.http =
                UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(CALL_TIMEOUT)
                        .build();
    }

    /**
     * DynamoDB, with the SDK's standard retries, also of a single write that met a transaction:
     * that is over in milliseconds.
     */
    public DynamoDbClient dynamoDb() {
        DynamoDbClientBuilder builder = sync(DynamoDbClient.builder(), "DYNAMODB", true);
        return builder.overrideConfiguration(
                        builder.overrideConfiguration().toBuilder()
                                .retryStrategy(
                                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                                .retryOnException(
                                                        TransactionConflictException.class)
                                                .build())
                                .build())
                .build();
    }

    /** Step Functions, with the SDK's standard retries; always the same client. */
    public synchronized SfnClient stepFunctions() {
        if (stepFunctions == null) {
            stepFunctions = sync(SfnClient.builder(), "SFN", true).build();
        }
        return stepFunctions;
    }

    /** SQS, with the SDK's standard retries. */
    public SqsClient sqs() {
        return sync(SqsClient.builder(), "SQS", true).build();
    }

    /** EventBridge Scheduler, with the SDK's standard retries. */
    public SchedulerClient scheduler() {
        return sync(SchedulerClient.builder(), "SCHEDULER", true).build();
    }

    /** Lambda, with the SDK's standard retries. */
    public LambdaClient lambda() {
        return sync(LambdaClient.builder(), "LAMBDA", true).build();
    }

    /**
     * Lambda for tools, without the SDK's retries: a function would run twice. It waits as long as
     * a function may take (15 minutes, "Lambda quotas"); whoever calls has a deadline of its own.
     */
    public LambdaClient lambdaForTools() {
        Duration longest = Duration.ofMinutes(15);
        SdkHttpClient patient =
                UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(longest)
                        .build();
        return common(
                        LambdaClient.builder().httpClient(patient),
                        "LAMBDA",
                        ClientOverrideConfiguration.builder()
                                .apiCallAttemptTimeout(longest)
                                .retryStrategy(DefaultRetryStrategy.doNotRetry())
                                .build())
                .build();
    }

    /**
     * The {@code @connections} API without the SDK's retries: whoever posts retries in its own
     * order.
     *
     * @param url where the WebSocket API's stage is
     */
    public ApiGatewayManagementApiClient connections(URI url) {
        return sync(
                        ApiGatewayManagementApiClient.builder().endpointOverride(url),
                        "APIGATEWAYMANAGEMENTAPI",
                        false)
                .build();
    }

    /** Bedrock without the SDK's retries: the state machine retries a step. */
    public BedrockRuntimeAsyncClient bedrock() {
        SdkAsyncHttpClient asyncHttp =
                AwsCrtAsyncHttpClient.builder().connectionTimeout(CONNECT_TIMEOUT).build();
        return common(
                        BedrockRuntimeAsyncClient.builder().httpClient(asyncHttp),
                        "BEDROCK_RUNTIME",
                        ClientOverrideConfiguration.builder()
                                .retryStrategy(DefaultRetryStrategy.doNotRetry())
                                .build())
                .build();
    }

    private <C, B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>> B sync(
            B builder, String service, boolean retries) {
        ClientOverrideConfiguration override =
                ClientOverrideConfiguration.builder()
                        .apiCallAttemptTimeout(CALL_TIMEOUT)
                        .retryStrategy(
                                retries
                                        ? AwsRetryStrategy.forRetryMode(RetryMode.STANDARD)
                                        : DefaultRetryStrategy.doNotRetry())
                        .build();
        return common(builder.httpClient(http), service, override);
    }

    private <C, B extends AwsClientBuilder<B, C>> B common(
            B builder, String service, ClientOverrideConfiguration override) {
        builder.region(region).credentialsProvider(credentials).overrideConfiguration(override);
        Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_" + service))
                .map(URI::create)
                .ifPresent(builder::endpointOverride);
        return builder;
    }

    /** The credentials that the environment names, else those that the SDK finds. */
    static AwsCredentialsProvider credentials(Map<String, String> environment) {
        String key = environment.get("AWS_ACCESS_KEY_ID");
        String secret = environment.get("AWS_SECRET_ACCESS_KEY");
        String token = environment.get("AWS_SESSION_TOKEN");
        if (key == null || secret == null) {
            return DefaultCredentialsProvider.builder().build();
        }
        return StaticCredentialsProvider.create(
                token == null
                        ? AwsBasicCredentials.create(key, secret)
                        : AwsSessionCredentials.create(key, secret, token));
    }
}
