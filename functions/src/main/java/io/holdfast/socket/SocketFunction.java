package io.holdfast.socket;

import io.holdfast.access.ApiKeyStore;
import io.holdfast.access.Credentials;
import io.holdfast.access.RateLimit;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogSource;
import io.holdfast.operation.OperationReader;
import io.holdfast.operation.OperationStore;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.TurnParts;

import java.util.Map;
import java.util.Optional;

/** What the socket function is made of, built once. */
final class SocketFunction {
    private SocketFunction() {}

    static Sockets from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        String functionName = config.text("AWS_LAMBDA_FUNCTION_NAME");
        TokenVerifier.Settings tokens = TokenVerifier.settings(config);
        MessageRules rules = new MessageRules(config.positive("MAX_TEXT_CHARACTERS", 20_000));
        RateLimit.Rates rates = RateLimit.Rates.from(config);
        boolean guestsAreLetIn = config.flag("ANONYMOUS_USE");
        config.check();
        Catalog catalog = CatalogSource.load(environment);

        AwsClients aws = new AwsClients(environment);
        TurnParts parts = TurnParts.of(settings, aws);
        ConnectionStore connections = new ConnectionStore(parts.table());
        Replies replies = new Replies(parts.connections());
        Replays replays = new Replays(parts, aws.lambda(), functionName);
        Watches watches =
                new Watches(
                        connections,
                        parts.watchers(),
                        parts.sessions(),
                        parts.turns(),
                        new OperationReader(
                                new OperationStore(parts.table()), parts.turns(), parts.sessions()),
                        replies,
                        parts.clock());
        return new Sockets(
                new Credentials(
                        tokens.verifier(parts.clock()),
                        new ApiKeyStore(parts.table(), parts.ids()),
                        Optional.of(parts.guests()).filter(_ -> guestsAreLetIn),
                        parts.clock()),
                new FrameDecoder(rules),
                connections,
                new RateLimit(parts.redis(), rates),
                parts.delivery().stream(),
                replies,
                replays,
                watches,
                new TurnRequests(
                        connections, parts, parts.starter(catalog), replies, replays, watches),
                parts.clock());
    }
}
