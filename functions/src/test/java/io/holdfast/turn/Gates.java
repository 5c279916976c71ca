package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogReader;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.tool.ToolClients;
import io.holdfast.tool.Toolbox;

import org.jspecify.annotations.NullMarked;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What stands before the calls of tests: echo runs, transfer is asked about. */
@NullMarked
final class Gates {
    static final TurnId TURN = new TurnId("turn_12345678");

    static final Catalog CATALOG =
            CatalogReader.read(
                    """
                    version: 1
                    defaultAssistant: default
                    assistants:
                      default:
                        systemPrompt: Be kind.
                        model: model-1
                        tools: ["*"]
                    tools:
                      echo:
                        kind: builtin
                        builtin: rehearsal_echo
                      transfer:
                        kind: builtin
                        builtin: rehearsal_transfer
                        risk: high
                    """,
                    Map.of());

    private Gates() {}

    static CallGate of() {
        Assistant assistant = CATALOG.assistant("default").orElseThrow();
        return new CallGate(toolbox(), assistant, Set.of(), TURN, new Fence(2, 1));
    }

    /** Nothing of it is called: a gate only decides. */
    private static Toolbox toolbox() {
        LambdaClient lambda =
                new LambdaClient() {
                    @Override
                    public String serviceName() {
                        return "lambda";
                    }

                    @Override
                    public void close() {}
                };
        DynamoDbClient dynamoDb =
                new DynamoDbClient() {
                    @Override
                    public String serviceName() {
                        return "dynamodb";
                    }

                    @Override
                    public void close() {}
                };
        return new Toolbox(
                CATALOG,
                new ToolClients(
                        lambda,
                        reference -> "",
                        new RecordTable(dynamoDb, "record"),
                        ToolClients.installedBuiltins(),
                        ToolClients.installedSteps(),
                        InstantSource.system(),
                        Pause.REAL,
                        new Random(1)));
    }
}
