package io.holdfast.api;

import io.holdfast.access.ApiKeyStore;
import io.holdfast.access.Credentials;
import io.holdfast.access.GuestStore;
import io.holdfast.access.RateLimit;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogSource;
import io.holdfast.operation.CompletionQueue;
import io.holdfast.operation.OperationCanceller;
import io.holdfast.operation.OperationReader;
import io.holdfast.operation.OperationStore;
import io.holdfast.operation.WebhookVerifier;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.timetable.ScheduleStore;
import io.holdfast.timetable.ScheduleTimer;
import io.holdfast.timetable.Schedules;
import io.holdfast.tool.Toolboxes;
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.TurnParts;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What the HTTP function is made of, built once. */
final class ApiFunction {
    private ApiFunction() {}

    static HttpRoutes from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        TokenVerifier.Settings tokens = TokenVerifier.settings(config);
        MessageRules rules = new MessageRules(config.positive("MAX_TEXT_CHARACTERS", 20_000));
        String queueUrl = config.text("COMPLETION_QUEUE_URL");
        List<String> secrets = config.list("WEBHOOK_SECRETS");
        List<String> keys = config.list("WEBHOOK_API_KEYS");
        String scheduleGroup = config.text("SCHEDULE_GROUP");
        ScheduleTimer.Target scheduleTarget = ScheduleTimer.Target.from(config);
        Schedules.Limits scheduleLimits = Schedules.Limits.from(config);
        RateLimit.Rates rates = RateLimit.Rates.from(config);
        boolean guestsAreLetIn = config.flag("ANONYMOUS_USE");
        config.check();
        Catalog catalog = CatalogSource.load(environment);

        AwsClients aws = new AwsClients(environment);
        TurnParts parts = TurnParts.of(settings, aws);
        OperationStore operations = new OperationStore(parts.table());
        ApiKeyStore apiKeys = new ApiKeyStore(parts.table(), parts.ids());
        GuestStore guests = parts.guests();
        RateLimit rate = new RateLimit(parts.redis(), rates);
        return new HttpRoutes(
                new Guard(
                        new Credentials(
                                tokens.verifier(parts.clock()),
                                apiKeys,
                                Optional.of(guests).filter(_ -> guestsAreLetIn),
                                parts.clock()),
                        rate,
                        parts.sessions(),
                        parts.turns(),
                        parts.clock()),
                List.of(
                        new HealthRoutes(checks(parts), parts.clock()),
                        new KeyRoutes(apiKeys, parts.clock()),
                        new GuestRoutes(
                                guestsAreLetIn,
                                guests,
                                parts.handovers(),
                                parts.relister(),
                                rate,
                                parts.clock()),
                        new SessionRoutes(parts, parts.eraser(), catalog),
                        new UserRoutes(parts.notes(), parts.ids(), parts.clock()),
                        new MessageRoutes(parts, parts.starter(catalog), rules),
                        new TurnRoutes(parts, parts.canceller(), parts.approvals()),
                        new StreamRoutes(
                                parts.turns(),
                                new Windows(
                                        parts.delivery().stream(),
                                        parts.restorer()::restore,
                                        parts.clock(),
                                        parts.pause(),
                                        parts.random()),
                                parts.clock()),
                        new AssistantRoutes(
                                catalog,
                                lazily(
                                        () ->
                                                Toolboxes.of(
                                                        catalog,
                                                        environment,
                                                        aws,
                                                        parts.table(),
                                                        parts.clock(),
                                                        parts.pause(),
                                                        parts.random())),
                                parts.ids()),
                        new OperationRoutes(
                                WebhookVerifier.from(secrets, keys, parts.clock()),
                                operations,
                                new OperationReader(operations, parts.turns(), parts.sessions()),
                                OperationCanceller.of(parts, aws),
                                new CompletionQueue(aws.sqs(), queueUrl, parts.random()),
                                parts.clock()),
                        new ScheduleRoutes(
                                new Schedules(
                                        new ScheduleStore(parts.table()),
                                        new ScheduleTimer(
                                                aws.scheduler(),
                                                scheduleGroup,
                                                parts.pause(),
                                                parts.random()),
                                        scheduleTarget,
                                        scheduleLimits,
                                        parts.clock(),
                                        parts.pause(),
                                        parts.random()),
                                catalog,
                                rules,
                                parts.ids())));
    }

    /** What the API stands on, each with the least that shows whether it answers. */
    private static Map<String, Runnable> checks(TurnParts parts) {
        return Map.of(
                "record",
                () -> parts.table().get("HEALTH", "HEALTH"),
                "streams",
                () -> parts.redis().ping(),
                "turns",
                parts.turnMachine()::check);
    }

    /** Made when it is first needed: most requests need none, and it costs a cold start. */
    private static <T> Supplier<T> lazily(Supplier<T> make) {
        return new Supplier<>() {
            private @Nullable T made;

            @Override
            public synchronized T get() {
                T there = made;
                if (there == null) {
                    there = make.get();
                    made = there;
                }
                return there;
            }
        };
    }
}
