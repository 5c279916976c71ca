package io.holdfast.tool;

import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;

import software.amazon.awssdk.services.lambda.LambdaClient;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.random.RandomGenerator;

/**
 * What the kinds of tool are made of.
 *
 * @param lambda invokes functions; must neither retry by itself (a function would run twice) nor
 *     stop waiting for an answer before a tool's timeout
 * @param builtins tools in Java, {@link #installedBuiltins()} and perhaps more
 * @param steps of results, {@link #installedSteps()} and perhaps more
 */
public record ToolClients(
        LambdaClient lambda,
        Secrets secrets,
        RecordTable record,
        List<BuiltinTool> builtins,
        List<ResultStep> steps,
        InstantSource clock,
        Pause pause,
        RandomGenerator random) {
    public ToolClients {
        builtins = List.copyOf(builtins);
        steps = List.copyOf(steps);
    }

    /** The tools in Java that {@link ServiceLoader} finds. */
    public static List<BuiltinTool> installedBuiltins() {
        return installed(BuiltinTool.class);
    }

    /** The steps that {@link ServiceLoader} finds. */
    public static List<ResultStep> installedSteps() {
        return installed(ResultStep.class);
    }

    private static <T> List<T> installed(Class<T> service) {
        List<T> found = new ArrayList<>();
        // Ours and a user's jar lie side by side, so the class path of this class is the right one.
        ServiceLoader.load(service, ToolClients.class.getClassLoader()).forEach(found::add);
        return found;
    }
}
