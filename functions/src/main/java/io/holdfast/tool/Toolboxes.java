package io.holdfast.tool;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.HeaderValue;
import io.holdfast.assistant.SecretReferences;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.SignedRequests;

import java.time.InstantSource;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Puts toolboxes together, for the functions that have one. */
public final class Toolboxes {
    private Toolboxes() {}

    /**
     * The tools of a catalog, with the clients that an environment says.
     *
     * @param environment also for the secrets that tools refer to
     */
    public static Toolbox of(
            Catalog catalog,
            Map<String, String> environment,
            AwsClients aws,
            RecordTable record,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        SecretReferences secrets =
                new SecretReferences(environment, new SignedRequests(environment, pause), clock);
        return new Toolbox(
                catalog,
                new ToolClients(
                        aws.lambdaForTools(),
                        reference -> secrets.resolve(new HeaderValue.Secret(reference, "")),
                        record,
                        ToolClients.installedBuiltins(),
                        ToolClients.installedSteps(),
                        clock,
                        pause,
                        random));
    }
}
