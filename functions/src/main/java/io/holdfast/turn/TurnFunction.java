package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.model.BedrockModel;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Ids;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RedisClients;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.ApiGatewayConnections;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.RedisTurnStream;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.TurnStream;

import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Executors;

/** What the turn function is made of, built once. */
record TurnFunction(StepRunner steps, TurnFinisher finisher) {

    static TurnFunction from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        String tableName = config.text("TABLE_NAME");
        URI redis = config.uri("REDIS_URL");
        URI connectionsUrl = config.uri("CONNECTIONS_URL");
        Assistant assistant = Assistant.from(config);
        config.check();

        AwsClients aws = new AwsClients(environment);
        InstantSource clock = InstantSource.system();
        Ids ids = new Ids(new SecureRandom());
        RecordTable table = new RecordTable(aws.dynamoDb(), tableName);
        SessionStore sessions = new SessionStore(table);
        TurnStore turns = new TurnStore(table, sessions);
        TurnStream stream =
                new RedisTurnStream(RedisClients.connect(redis), StreamSettings.DEFAULT);
        Delivery delivery =
                new Delivery(
                        stream,
                        new ApiGatewayConnections(
                                aws.connections(connectionsUrl), clock, new SecureRandom()),
                        clock,
                        StreamSettings.DEFAULT);
        return new TurnFunction(
                new StepRunner(
                        turns,
                        sessions,
                        delivery,
                        // Write-outs are short; two let one turn's slow Redis call not hold
                        // another's.
                        Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().factory()),
                        new BedrockModel(aws.bedrock()),
                        assistant,
                        ids::holder,
                        clock),
                new TurnFinisher(turns, stream, delivery, ids::holder, clock));
    }
}
