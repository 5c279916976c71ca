package io.holdfast.turn;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogSource;
import io.holdfast.assistant.SystemPrompts;
import io.holdfast.model.BedrockModel;
import io.holdfast.model.Model;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.tool.Toolbox;
import io.holdfast.tool.Toolboxes;

import java.util.Map;
import java.util.concurrent.Executors;

/** What the turn function is made of, built once. */
record TurnFunction(
        StepRunner steps,
        CallRunner calls,
        CallDesk desk,
        WorkClaims claims,
        TurnFinisher finisher,
        TitleWriter titles) {

    static TurnFunction from(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        config.check();
        Catalog catalog = CatalogSource.load(environment);

        AwsClients aws = new AwsClients(environment);
        TurnParts parts = TurnParts.of(settings, aws);
        Toolbox toolbox =
                Toolboxes.of(
                        catalog,
                        environment,
                        aws,
                        parts.table(),
                        parts.clock(),
                        parts.pause(),
                        parts.random());
        StepRequests requests =
                new StepRequests(
                        catalog,
                        toolbox,
                        new TurnContext(
                                new SystemPrompts(parts.clock()),
                                toolbox,
                                parts.sessions(),
                                parts.notes(),
                                parts.clock()),
                        parts.sessions(),
                        parts.messages(),
                        parts.calls(),
                        parts.clock());
        Model model = new BedrockModel(aws.bedrock());
        Writers writers = writers(parts);
        Pauser pauser = new Pauser(parts);
        Approvals approvals = parts.approvals();
        return new TurnFunction(
                new StepRunner(parts, writers, model, requests, toolbox),
                new CallRunner(
                        parts,
                        new CallWriters(parts.steps(), parts.restorer(), writers),
                        pauser,
                        requests,
                        toolbox),
                new CallDesk(parts.calls(), approvals, pauser),
                new WorkClaims(parts),
                parts.finisher(),
                new TitleWriter(parts, requests, model));
    }

    private static Writers writers(TurnParts parts) {
        return new Writers(
                parts.delivery(),
                // Write-outs are short; two let one turn's slow Redis call not hold another's.
                Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().factory()),
                parts.restorer(),
                parts.ids()::holder);
    }

    /** The calls of turns that outside services work at, for the functions that look after them. */
    static Operations operations(TurnParts parts) {
        return new Operations(
                parts.turns(),
                parts.calls(),
                parts.messages(),
                new CallWriters(parts.steps(), parts.restorer(), writers(parts)));
    }
}
