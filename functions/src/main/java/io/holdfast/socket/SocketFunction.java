package io.holdfast.socket;

import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RedisClients;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.ApiGatewayConnections;
import io.holdfast.stream.Connections;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.RedisTurnStream;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.TurnStream;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnStarter;
import io.holdfast.turn.TurnStore;

import redis.clients.jedis.UnifiedJedis;

import software.amazon.awssdk.services.sfn.SfnClient;

import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;

/** What the socket function is made of, built once. */
final class SocketFunction {
    private SocketFunction() {}

    static Sockets from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        String tableName = config.text("TABLE_NAME");
        URI redisUrl = config.uri("REDIS_URL");
        URI connectionsUrl = config.uri("CONNECTIONS_URL");
        String machineArn = config.text("TURN_MACHINE_ARN");
        String functionName = config.text("AWS_LAMBDA_FUNCTION_NAME");
        TokenVerifier.Settings tokens = TokenVerifier.settings(config);
        int maxTextCharacters = config.positive("MAX_TEXT_CHARACTERS", 20_000);
        int sendsPerSecond = config.positive("SENDS_PER_SECOND", 20);
        config.check();

        AwsClients aws = new AwsClients(environment);
        InstantSource clock = InstantSource.system();
        SecureRandom random = new SecureRandom();
        Ids ids = new Ids(random);
        UnifiedJedis redis = RedisClients.connect(redisUrl);
        SfnClient stepFunctions = aws.stepFunctions();
        RecordTable table = new RecordTable(aws.dynamoDb(), tableName);
        SessionStore sessions = new SessionStore(table);
        TurnStore turns = new TurnStore(table, sessions);
        TurnStream stream = new RedisTurnStream(redis, StreamSettings.DEFAULT);
        Connections posts =
                new ApiGatewayConnections(aws.connections(connectionsUrl), clock, random);
        Delivery delivery = new Delivery(stream, posts, clock, StreamSettings.DEFAULT);
        return new Sockets(
                tokens.verifier(),
                new FrameDecoder(maxTextCharacters),
                new ConnectionStore(table),
                new RateLimit(redis, sendsPerSecond),
                sessions,
                turns,
                new TurnStarter(
                        sessions,
                        turns,
                        stream,
                        stepFunctions,
                        machineArn,
                        ids::message,
                        clock,
                        Pause.REAL,
                        random),
                new TurnCanceller(
                        turns, stream, delivery, stepFunctions, machineArn, ids::holder, clock),
                stream,
                new Replies(posts),
                new Replays(stream, delivery, aws.lambda(), functionName, ids::holder, clock),
                clock);
    }
}
