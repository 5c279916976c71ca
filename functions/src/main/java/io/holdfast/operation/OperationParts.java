package io.holdfast.operation;

import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.turn.Operations;
import io.holdfast.turn.TurnParts;

import java.util.Map;

/** What the functions that look after operations share, built once. */
record OperationParts(
        TurnParts turns, OperationStore store, Operations calls, OperationEnder ender) {

    static OperationParts from(Map<String, String> environment, AwsClients aws) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        config.check();
        TurnParts turns = TurnParts.of(settings, aws);
        OperationStore store = new OperationStore(turns.table());
        Operations calls = turns.operations();
        return new OperationParts(
                turns,
                store,
                calls,
                new OperationEnder(
                        store, calls, aws.stepFunctions(), turns.clock(), turns.pause()));
    }
}
