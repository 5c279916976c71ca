package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.model.BedrockModel;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;

import java.util.Map;
import java.util.concurrent.Executors;

/** What the turn function is made of, built once. */
record TurnFunction(StepRunner steps, TurnFinisher finisher) {

    static TurnFunction from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        Assistant assistant = Assistant.from(config);
        config.check();

        AwsClients aws = new AwsClients(environment);
        TurnParts parts = TurnParts.of(settings, aws);
        return new TurnFunction(
                new StepRunner(
                        parts,
                        // Write-outs are short; two let one turn's slow Redis call not hold
                        // another's.
                        Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().factory()),
                        new BedrockModel(aws.bedrock()),
                        assistant),
                parts.finisher());
    }
}
