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
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.TurnParts;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the HTTP function is made of, built once. */
final class ApiFunction {
    private ApiFunction() {}

    static HttpRoutes from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        String machineArn = config.text("TURN_MACHINE_ARN");
        TokenVerifier.Settings tokens = TokenVerifier.settings(config);
        MessageRules rules = new MessageRules(config.positive("MAX_TEXT_CHARACTERS", 20_000));
        String queueUrl = config.text("COMPLETION_QUEUE_URL");
        List<String> secrets = config.list("WEBHOOK_SECRETS");
        List<String> keys = config.list("WEBHOOK_API_KEYS");
        RateLimit.Rates rates = RateLimit.Rates.from(config);
        boolean guestsAreLetIn = config.flag("ANONYMOUS_USE");
        config.check();
        Catalog catalog = CatalogSource.load(environment);

        AwsClients aws = new AwsClients(environment);
        TurnParts parts = TurnParts.of(settings, aws);
        OperationStore operations = new OperationStore(parts.table());
        ApiKeyStore apiKeys = new ApiKeyStore(parts.table(), parts.ids());
        GuestStore guests = new GuestStore(parts.table(), parts.ids());
        RateLimit rate = new RateLimit(parts.redis(), rates);
        return new HttpRoutes(
                new Guard(
                        new Credentials(
                                tokens.verifier(),
                                apiKeys,
                                Optional.of(guests).filter(_ -> guestsAreLetIn),
                                parts.clock()),
                        rate,
                        parts.sessions(),
                        parts.turns(),
                        parts.clock()),
                List.of(
                        new KeyRoutes(apiKeys, parts.clock()),
                        new GuestRoutes(
                                guestsAreLetIn, guests, parts.sessions(), rate, parts.clock()),
                        new SessionRoutes(
                                parts.sessions(),
                                parts.views(),
                                catalog,
                                parts.ids(),
                                parts.clock()),
                        new MessageRoute(
                                parts.starter(catalog, aws.stepFunctions(), machineArn),
                                parts.turns(),
                                parts.views(),
                                rules,
                                parts.clock(),
                                parts.pause(),
                                parts.random()),
                        new TurnRoutes(
                                parts.canceller(aws.stepFunctions(), machineArn),
                                parts.approvals(aws.stepFunctions()),
                                parts.views()),
                        new OperationRoutes(
                                WebhookVerifier.from(secrets, keys, parts.clock()),
                                operations,
                                new OperationReader(operations, parts.turns(), parts.sessions()),
                                OperationCanceller.of(parts, aws),
                                new CompletionQueue(aws.sqs(), queueUrl),
                                parts.clock())));
    }
}
