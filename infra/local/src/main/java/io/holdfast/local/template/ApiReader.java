package io.holdfast.local.template;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts APIs together from their parts: {@code AWS::ApiGatewayV2::Api}, {@code Stage}, {@code
 * Integration} and {@code Route}, {@code AWS::Serverless::HttpApi} and SAM's event {@code HttpApi}.
 */
final class ApiReader {
    /** The API that SAM makes for events that name none. */
    static final String IMPLICIT_API = "ServerlessHttpApi";

    private static final Pattern FUNCTION =
            Pattern.compile("functions/arn:aws:lambda:[^:]*:[^:]*:function:([^:/]+)/invocations$");

    private final Function<String, String> functionNames;
    private final Map<String, Api> apis = new HashMap<>();
    private final Map<String, String> stages = new HashMap<>();
    private final Map<String, String> integrations = new HashMap<>();
    private final List<PlainRoute> plainRoutes = new ArrayList<>();

    private record Api(
            boolean webSocket,
            String routeSelection,
            Resource.HttpApi.@Nullable Cors cors,
            List<Resource.HttpApi.Route> routes) {}

    private record PlainRoute(String api, String key, String target, Properties place) {}

    /**
     * @param functionNames logical id of a SAM function → its name
     */
    ApiReader(Function<String, String> functionNames) {
        this.functionNames = functionNames;
    }

    /** Takes one part; unknown types are not its business. */
    void take(Element element) {
        switch (element.type()) {
            case "AWS::Serverless::HttpApi" -> httpApi(element);
            case "AWS::ApiGatewayV2::Api" -> api(element);
            case "AWS::ApiGatewayV2::Stage" -> stage(element);
            case "AWS::ApiGatewayV2::Integration" -> integration(element);
            case "AWS::ApiGatewayV2::Route" -> route(element);
            default -> {}
        }
    }

    /** Takes a SAM event of a function. */
    void takeEvent(String functionId, Properties p) {
        String api = p.text("ApiId").orElse(IMPLICIT_API);
        String method = p.text("Method").orElse("ANY").toUpperCase(java.util.Locale.ROOT);
        String path = p.text("Path").orElse("$default");
        if (!p.text("PayloadFormatVersion").orElse("2.0").equals("2.0")) {
            throw p.fault("PayloadFormatVersion", "only 2.0 runs here");
        }
        p.inert("Auth", "RouteSettings", "TimeoutInMillis");
        p.done();
        if (api.equals(IMPLICIT_API)) {
            apis.computeIfAbsent(api, id -> new Api(false, "", null, new ArrayList<>()));
        }
        Api found = apis.get(api);
        if (found == null || found.webSocket()) {
            throw p.fault("ApiId", api + " is not an HTTP API");
        }
        found.routes()
                .add(
                        new Resource.HttpApi.Route(
                                method.equals("X-AMAZON-APIGATEWAY-ANY-METHOD") ? "ANY" : method,
                                path,
                                functionNames.apply(functionId)));
    }

    /** The APIs with their routes, after every part was taken. */
    List<Resource> finish() {
        Map<String, Map<String, String>> socketRoutes = new HashMap<>();
        for (PlainRoute route : plainRoutes) {
            Api api = apis.get(route.api());
            if (api == null) {
                throw route.place().fault("ApiId", route.api() + " is not an API");
            }
            String function = function(route);
            if (api.webSocket()) {
                String before =
                        socketRoutes
                                .computeIfAbsent(route.api(), id -> new HashMap<>())
                                .put(route.key(), function);
                if (before != null) {
                    throw route.place().fault("RouteKey", route.key() + " has a route already");
                }
            } else {
                String[] parts = route.key().split(" ", 2);
                api.routes()
                        .add(
                                parts.length == 2
                                        ? new Resource.HttpApi.Route(parts[0], parts[1], function)
                                        : new Resource.HttpApi.Route("ANY", "$default", function));
            }
        }
        List<Resource> result = new ArrayList<>();
        apis.forEach(
                (id, api) -> {
                    String stage = stages.getOrDefault(id, "$default");
                    result.add(
                            api.webSocket()
                                    ? new Resource.WebSocketApi(
                                            id,
                                            stage,
                                            api.routeSelection(),
                                            socketRoutes.getOrDefault(id, Map.of()))
                                    : new Resource.HttpApi(id, stage, api.routes(), api.cors()));
                });
        return result;
    }

    private String function(PlainRoute route) {
        String integration =
                route.target().startsWith("integrations/")
                        ? route.target().substring("integrations/".length())
                        : "";
        String function = integrations.get(integration);
        if (function == null) {
            throw route.place().fault("Target", "must be integrations/ and an integration's id");
        }
        return function;
    }

    private void httpApi(Element element) {
        Properties p = element.properties();
        p.inert(
                "AccessLogSettings",
                "DefaultRouteSettings",
                "Description",
                "Domain",
                "FailOnWarnings",
                "Name",
                "PropagateTags",
                "RouteSettings",
                "StageVariables",
                "Tags");
        stages.put(element.logicalId(), p.text("StageName").orElse("$default"));
        apis.put(
                element.logicalId(),
                new Api(false, "", cors(p, "CorsConfiguration"), new ArrayList<>()));
    }

    private void api(Element element) {
        Properties p = element.properties();
        p.inert("Description", "DisableExecuteApiEndpoint", "IpAddressType", "Name", "Tags");
        String protocol = p.requiredText("ProtocolType");
        boolean webSocket = protocol.equals("WEBSOCKET");
        if (!webSocket && !protocol.equals("HTTP")) {
            throw p.fault("ProtocolType", "must be WEBSOCKET or HTTP");
        }
        String selection =
                webSocket
                        ? p.requiredText("RouteSelectionExpression")
                        : p.text("RouteSelectionExpression").orElse("");
        apis.put(
                element.logicalId(),
                new Api(webSocket, selection, cors(p, "CorsConfiguration"), new ArrayList<>()));
    }

    private void stage(Element element) {
        Properties p = element.properties();
        p.inert(
                "AccessLogSettings",
                "AutoDeploy",
                "DefaultRouteSettings",
                "DeploymentId",
                "Description",
                "RouteSettings",
                "StageVariables",
                "Tags");
        stages.put(p.requiredText("ApiId"), p.requiredText("StageName"));
    }

    private void integration(Element element) {
        Properties p = element.properties();
        p.inert(
                "ConnectionType",
                "ContentHandlingStrategy",
                "CredentialsArn",
                "Description",
                "IntegrationMethod",
                "PassthroughBehavior",
                "TimeoutInMillis");
        p.requiredText("ApiId");
        if (!p.requiredText("IntegrationType").equals("AWS_PROXY")) {
            throw p.fault("IntegrationType", "only AWS_PROXY runs here");
        }
        p.text("PayloadFormatVersion");
        String uri = p.requiredText("IntegrationUri");
        // An HTTP API takes the function's ARN as it is.
        String full = uri.startsWith("arn:aws:lambda:") ? "functions/" + uri + "/invocations" : uri;
        Matcher matcher = FUNCTION.matcher(full);
        if (!matcher.find()) {
            throw p.fault("IntegrationUri", "is not the invocation path of a function: " + uri);
        }
        integrations.put(element.logicalId(), matcher.group(1));
    }

    private void route(Element element) {
        Properties p = element.properties();
        p.inert("ApiKeyRequired", "OperationName");
        if (!p.text("AuthorizationType").orElse("NONE").equals("NONE")) {
            throw p.fault("AuthorizationType", "only NONE runs here: functions verify tokens");
        }
        plainRoutes.add(
                new PlainRoute(
                        p.requiredText("ApiId"),
                        p.requiredText("RouteKey"),
                        p.requiredText("Target"),
                        p));
    }

    private static Resource.HttpApi.@Nullable Cors cors(Properties api, String key) {
        if (!api.has(key)) {
            return null;
        }
        boolean always = api.value(key).filter(v -> v.isBoolean() && v.asBoolean()).isPresent();
        if (always) {
            // SAM: true allows every origin.
            return new Resource.HttpApi.Cors(
                    List.of("*"), List.of(), List.of(), List.of(), false, Duration.ZERO);
        }
        Properties p = api.object(key);
        Resource.HttpApi.Cors cors =
                new Resource.HttpApi.Cors(
                        p.texts("AllowOrigins"),
                        p.texts("AllowMethods"),
                        p.texts("AllowHeaders"),
                        p.texts("ExposeHeaders"),
                        p.flag("AllowCredentials", false),
                        Duration.ofSeconds(p.number("MaxAge", 0, -1, 86_400)));
        p.done();
        return cors;
    }
}
