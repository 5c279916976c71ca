package io.holdfast.operation;

import io.holdfast.assistant.Catalog;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.tool.Toolbox;
import io.holdfast.tool.Toolboxes;
import io.holdfast.turn.Operations;
import io.holdfast.turn.TurnParts;

import java.util.Map;

/** What the functions that look after operations share, built once. */
record OperationParts(
        TurnParts turns,
        OperationStore store,
        OperationReader reader,
        Operations calls,
        OperationNews news,
        OperationEnder ender) {

    static OperationParts from(Map<String, String> environment, AwsClients aws) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        config.check();
        return of(TurnParts.of(settings, aws), aws);
    }

    static OperationParts of(TurnParts turns, AwsClients aws) {
        OperationStore store = new OperationStore(turns.table());
        OperationReader reader = new OperationReader(store, turns.turns(), turns.sessions());
        Operations calls = turns.operations();
        OperationNews news = new OperationNews(turns.events(), reader);
        return new OperationParts(
                turns,
                store,
                reader,
                calls,
                news,
                new OperationEnder(
                        store, calls, news, aws.stepFunctions(), turns.clock(), turns.pause()));
    }

    /** The tools of a catalog, for those who begin work, finish its results, or call it off. */
    Toolbox toolbox(Catalog catalog, Map<String, String> environment, AwsClients aws) {
        return Toolboxes.of(
                catalog,
                environment,
                aws,
                turns.table(),
                turns.clock(),
                turns.pause(),
                turns.random());
    }
}
