package io.holdfast.local;

import io.holdfast.local.bedrock.ModelChoice;
import io.holdfast.local.template.Pseudo;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** What every function finds in its environment beside its own variables. */
final class FunctionEnvironment {
    /** Not secret; DynamoDB Local wants them alphanumeric. */
    static final String ACCESS_KEY = "local";

    /** The SDK's name of each service's endpoint variable, by the names of our endpoints. */
    private static final Map<String, String> VARIABLES =
            Map.of(
                    "dynamodb", "AWS_ENDPOINT_URL_DYNAMODB",
                    "sqs", "AWS_ENDPOINT_URL_SQS",
                    "states", "AWS_ENDPOINT_URL_SFN",
                    "scheduler", "AWS_ENDPOINT_URL_SCHEDULER",
                    "bedrock", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
                    "lambda", "AWS_ENDPOINT_URL_LAMBDA",
                    "connections", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI");

    private FunctionEnvironment() {}

    /**
     * Region, keys and endpoints, and where the tools are that {@code rehearsal.yaml} declares.
     *
     * @param gateway its URL, {@code REHEARSAL_URL}
     * @param endpoints by the names of {@code GET /local/endpoints}
     */
    static Map<String, String> shared(
            LocalSettings settings, URI gateway, Map<String, URI> endpoints) {
        Map<String, String> environment = new HashMap<>();
        environment.put("AWS_REGION", Pseudo.REGION);
        if (settings.model() instanceof ModelChoice.Bedrock) {
            // The real service: the caller's own region and keys, or their profile if there are
            // none.
            environment.putAll(settings.aws());
        } else {
            environment.put("AWS_ACCESS_KEY_ID", ACCESS_KEY);
            environment.put("AWS_SECRET_ACCESS_KEY", ACCESS_KEY);
        }
        endpoints.forEach(
                (name, url) -> {
                    String variable = VARIABLES.get(name);
                    if (variable != null) {
                        environment.put(variable, url.toString());
                    }
                });
        environment.put("REHEARSAL_URL", gateway.toString());
        URI mcp = endpoints.get("mcp");
        environment.put("MCP_EVERYTHING", String.valueOf(mcp != null));
        if (mcp != null) {
            environment.put("MCP_EVERYTHING_URL", mcp.toString());
        }
        return environment;
    }
}
