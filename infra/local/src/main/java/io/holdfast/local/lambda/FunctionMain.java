package io.holdfast.local.lambda;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The main class of a function's own JVM: AWS's runtime interface client, ended with its parent.
 *
 * <p>The parent holds the other end of its input. That ends with the parent in every case.
 */
final class FunctionMain {
    private FunctionMain() {}

    /** Runs the handler that its argument names until the parent ends. */
    public static void main(String[] arguments) throws Throwable {
        Thread.ofPlatform().daemon().name("end-with-parent").start(FunctionMain::endWithParent);
        AWSLambda.main(arguments);
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is ever said.
            }
        } catch (IOException e) {
            System.err.println("The parent's pipe is broken: " + e.getMessage());
        }
        removeFolder();
        Runtime.getRuntime().halt(1);
    }

    /** A parent that ends in good order does it itself; one that was killed cannot. */
    private static void removeFolder() {
        String folder = System.getenv("LAMBDA_TASK_ROOT");
        if (folder != null) {
            JvmSetup.remove(Path.of(folder));
        }
    }
}
