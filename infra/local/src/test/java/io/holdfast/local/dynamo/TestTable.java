package io.holdfast.local.dynamo;

import io.holdfast.local.TestSystems;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.RecordTable;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

import java.io.IOException;
import java.util.Map;

/** A record in a DynamoDB Local of its own, for tests of what needs nothing else. */
public final class TestTable implements AutoCloseable {
    private static final String NAME = "record";

    private final DynamoServer server;
    private final AwsClients aws;
    private final DynamoDbClient client;

    private TestTable(DynamoServer server) {
        this.server = server;
        this.aws = new AwsClients(TestSystems.environment(Map.of("dynamodb", server.url())));
        this.client = aws.dynamoDb();
    }

    /** Starts it, empty and without indexes. */
    public static TestTable start() throws IOException {
        TestTable table = new TestTable(DynamoServer.start(0, null));
        table.client.createTable(
                request ->
                        request.tableName(NAME)
                                .billingMode(BillingMode.PAY_PER_REQUEST)
                                .attributeDefinitions(attribute("pk"), attribute("sk"))
                                .keySchema(key("pk", KeyType.HASH), key("sk", KeyType.RANGE)));
        return table;
    }

    /** Clients of which only DynamoDB leads anywhere. */
    public AwsClients aws() {
        return aws;
    }

    /** The table. */
    public RecordTable record() {
        return new RecordTable(client, NAME);
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }

    private static AttributeDefinition attribute(String name) {
        return AttributeDefinition.builder()
                .attributeName(name)
                .attributeType(ScalarAttributeType.S)
                .build();
    }

    private static KeySchemaElement key(String name, KeyType type) {
        return KeySchemaElement.builder().attributeName(name).keyType(type).build();
    }
}
