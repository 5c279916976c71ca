package io.holdfast.local;

import io.holdfast.local.template.Pseudo;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sqs.SqsClient;

import java.net.URI;
import java.time.Duration;

/** Clients of the services that run here. */
final class LocalClients {
    private static final Duration LONGER_THAN_A_LONG_POLL = Duration.ofSeconds(30);

    private LocalClients() {}

    static DynamoDbClient dynamoDb(URI endpoint) {
        return local(DynamoDbClient.builder(), endpoint)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    static SqsClient sqs(URI endpoint) {
        return local(SqsClient.builder(), endpoint)
                .httpClientBuilder(
                        UrlConnectionHttpClient.builder().socketTimeout(LONGER_THAN_A_LONG_POLL))
                .build();
    }

    static LambdaClient lambda(URI endpoint) {
        return local(LambdaClient.builder(), endpoint)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    static SfnClient states(URI endpoint) {
        return local(SfnClient.builder(), endpoint)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    private static <B extends AwsClientBuilder<B, C>, C> B local(B builder, URI endpoint) {
        return builder.endpointOverride(endpoint)
                .region(Region.of(Pseudo.REGION))
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create(
                                        FunctionEnvironment.ACCESS_KEY,
                                        FunctionEnvironment.ACCESS_KEY)));
    }
}
