package io.holdfast.turn;

import io.holdfast.access.GuestStore;
import io.holdfast.assistant.Catalog;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RedisClients;
import io.holdfast.session.DeletedSessions;
import io.holdfast.session.HandoverStore;
import io.holdfast.session.MessageStore;
import io.holdfast.session.SessionEvents;
import io.holdfast.session.SessionStore;
import io.holdfast.session.UserNotes;
import io.holdfast.session.Watchers;
import io.holdfast.stream.ApiGatewayConnections;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.PatientTurnStream;
import io.holdfast.stream.RedisTurnStream;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.TurnStream;

import redis.clients.jedis.UnifiedJedis;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.random.RandomGenerator;

/** What every function that touches turns needs, built once and put together in one place. */
public final class TurnParts {
    private final RecordTable table;
    private final UnifiedJedis redis;
    private final ApiGatewayConnections connections;
    private final SessionStore sessions;
    private final MessageStore messages;
    private final TurnStore turns;
    private final CallStore calls;
    private final StepStore steps;
    private final SubscriberStore subscribers;
    private final Watchers watchers;
    private final SessionEvents events;
    private final OperationMachine operationMachine;
    private final TurnMachine turnMachine;
    private final TurnQueue queue;
    private final StreamRestorer restorer;
    private final TurnSettler settler;
    private final Delivery delivery;
    private final Ids ids;
    private final Pause pause;
    private final RandomGenerator random;

    /** What a function's environment must say for them. */
    public record Settings(
            String table,
            URI redis,
            URI connections,
            Duration checkAfter,
            String turnMachineArn,
            String operationMachineArn) {

        /**
         * Reads {@code TABLE_NAME}, {@code REDIS_URL}, {@code CONNECTIONS_URL} (the stage of the
         * WebSocket API), {@code CHECK_AFTER_SECONDS}, {@code TURN_MACHINE_ARN} and {@code
         * OPERATION_MACHINE_ARN}.
         */
        public static Settings from(ConfigReader config) {
            return new Settings(
                    config.text("TABLE_NAME"),
                    config.uri("REDIS_URL"),
                    config.uri("CONNECTIONS_URL"),
                    Duration.ofSeconds(config.positive("CHECK_AFTER_SECONDS", 120)),
                    config.text("TURN_MACHINE_ARN"),
                    config.text("OPERATION_MACHINE_ARN"));
        }
    }

    /** Turns, their streams and their readers. */
    public static TurnParts of(Settings settings, AwsClients aws) {
        // The record keeps no less: what is answered at first is what is read later.
        InstantSource clock = Clock.tickMillis(ZoneOffset.UTC);
        SecureRandom random = new SecureRandom();
        RecordTable table = new RecordTable(aws.dynamoDb(), settings.table());
        UnifiedJedis redis = RedisClients.connect(settings.redis());
        TurnStream stream =
                new PatientTurnStream(
                        new RedisTurnStream(redis, StreamSettings.DEFAULT), Pause.REAL, random);
        ApiGatewayConnections connections =
                new ApiGatewayConnections(aws.connections(settings.connections()), clock, random);
        return new TurnParts(
                table,
                redis,
                settings.checkAfter(),
                connections,
                new Delivery(stream, connections, clock, StreamSettings.DEFAULT),
                new TurnMachine(aws.stepFunctions(), settings.turnMachineArn()),
                new OperationMachine(aws.stepFunctions(), settings.operationMachineArn()),
                new Ids(random),
                Pause.REAL,
                random);
    }

    /** Puts the parts together; of the functions, only {@link #of} does. */
    TurnParts(
            RecordTable table,
            UnifiedJedis redis,
            Duration checkAfter,
            ApiGatewayConnections connections,
            Delivery delivery,
            TurnMachine turnMachine,
            OperationMachine operationMachine,
            Ids ids,
            Pause pause,
            RandomGenerator random) {
        this.table = table;
        this.redis = redis;
        this.connections = connections;
        this.sessions = new SessionStore(table);
        this.messages = new MessageStore(table);
        this.turns = new TurnStore(table, checkAfter);
        this.calls = new CallStore(table);
        this.steps = new StepStore(table, calls);
        this.subscribers = new SubscriberStore(table);
        this.watchers = new Watchers(table);
        this.events = new SessionEvents(watchers, connections, delivery.clock());
        this.restorer =
                new StreamRestorer(
                        delivery.stream(),
                        turns,
                        steps,
                        subscribers,
                        messages,
                        delivery.clock(),
                        pause);
        this.turnMachine = turnMachine;
        this.operationMachine = operationMachine;
        this.queue =
                new TurnQueue(
                        turns,
                        new QueueStore(table, turns),
                        sessions,
                        turnMachine,
                        events,
                        delivery.clock());
        this.settler =
                new TurnSettler(
                        turns,
                        steps,
                        new OperationCancels(calls, operationMachine),
                        events,
                        queue,
                        subscribers,
                        delivery.stream(),
                        delivery,
                        restorer,
                        ids::holder,
                        delivery.clock(),
                        pause,
                        random);
        this.delivery = delivery;
        this.ids = ids;
        this.pause = pause;
        this.random = random;
    }

    public RecordTable table() {
        return table;
    }

    public UnifiedJedis redis() {
        return redis;
    }

    public SessionStore sessions() {
        return sessions;
    }

    public MessageStore messages() {
        return messages;
    }

    DeletedSessions deletedSessions() {
        return new DeletedSessions(table);
    }

    /** Conversations that guests hand over to users. */
    public HandoverStore handovers() {
        return new HandoverStore(table);
    }

    public TurnStore turns() {
        return turns;
    }

    public TurnLists lists() {
        return new TurnLists(table);
    }

    public Watchers watchers() {
        return watchers;
    }

    /** Tells those who watch conversations. */
    public SessionEvents events() {
        return events;
    }

    public SubscriberStore subscribers() {
        return subscribers;
    }

    public StreamRestorer restorer() {
        return restorer;
    }

    public ApiGatewayConnections connections() {
        return connections;
    }

    public Delivery delivery() {
        return delivery;
    }

    public InstantSource clock() {
        return delivery.clock();
    }

    public Ids ids() {
        return ids;
    }

    public Pause pause() {
        return pause;
    }

    public RandomGenerator random() {
        return random;
    }

    /** Has operations cancelled. */
    public OperationMachine operationMachine() {
        return operationMachine;
    }

    /** Has turns run. */
    public TurnMachine turnMachine() {
        return turnMachine;
    }

    /** Messages that wait for the answers before theirs. */
    public TurnQueue queue() {
        return queue;
    }

    /** What is remembered about users. */
    public UserNotes notes() {
        return new UserNotes(table, pause, random);
    }

    /** Those whom no issuer knows. */
    public GuestStore guests() {
        return new GuestStore(table, ids);
    }

    /** Moves the turns of claimed sessions into their owner's list. */
    public Relister relister() {
        return new Relister(this);
    }

    TurnSettler settler() {
        return settler;
    }

    StepStore steps() {
        return steps;
    }

    CallStore calls() {
        return calls;
    }

    /** Takes humans' answers to what turns ask them. */
    public Approvals approvals() {
        return new Approvals(this);
    }

    /** The calls of turns that outside services work at. */
    public Operations operations() {
        return TurnFunction.operations(this);
    }

    /** Turns and calls of tools for those who may see them. */
    public TurnViews views() {
        return new TurnViews(this);
    }

    /** Begins turns, which these assistants answer. */
    public TurnStarter starter(Catalog catalog) {
        return new TurnStarter(
                sessions,
                messages,
                turns,
                delivery.stream(),
                catalog,
                turnMachine,
                queue,
                canceller(),
                ids::message,
                delivery.clock(),
                pause,
                random);
    }

    /** Cancels turns. */
    public TurnCanceller canceller() {
        return new TurnCanceller(
                turns, calls, queue, settler, turnMachine, ids::holder, delivery.clock());
    }

    /** Deletes sessions. */
    public SessionEraser eraser() {
        return new SessionEraser(this, canceller());
    }

    TurnFinisher finisher() {
        return new TurnFinisher(turns, steps, settler, ids::holder, delivery.clock());
    }
}
