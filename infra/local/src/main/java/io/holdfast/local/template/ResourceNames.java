package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * What {@code Ref} and {@code Fn::GetAtt} of a resource are worth on this machine.
 *
 * <p>Each is what the CloudFormation reference calls the type's "Return values". A resource without
 * a name of its own is called by its logical id.
 */
final class ResourceNames {
    private final Document document;
    private final Addresses addresses;
    private final Deque<String> inProgress = new ArrayDeque<>();

    ResourceNames(Document document, Addresses addresses) {
        this.document = document;
        this.addresses = addresses;
    }

    /** The name of a resource: its name property, or its logical id. */
    String name(String logicalId, String property, Expressions expressions) {
        JsonNode raw = resource(logicalId).path("Properties").path(property);
        if (raw.isMissingNode()) {
            return logicalId;
        }
        String path = "Resources." + logicalId + ".Properties." + property;
        if (inProgress.contains(logicalId)) {
            throw document.fault(path, "depends on itself");
        }
        inProgress.push(logicalId);
        try {
            JsonNode value = expressions.evaluate(raw, path);
            return value.isMissingNode() ? logicalId : value.asText();
        } finally {
            inProgress.pop();
        }
    }

    /** The value of {@code Ref}. */
    String ref(String logicalId, String path, Expressions expressions) {
        String type = existingType(logicalId, path, expressions);
        return switch (type) {
            case "AWS::SQS::Queue" ->
                    addresses.sqs()
                            + "/"
                            + Pseudo.ACCOUNT
                            + "/"
                            + name(logicalId, "QueueName", expressions);
            case "AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine" ->
                    arn(logicalId, path, expressions);
            default ->
                    nameProperty(type)
                            .map(property -> name(logicalId, property, expressions))
                            .orElseGet(
                                    () -> {
                                        refuseUnknown(type, logicalId, path);
                                        return logicalId;
                                    });
        };
    }

    /** The value of {@code Fn::GetAtt}. */
    String attribute(String logicalId, String attribute, String path, Expressions expressions) {
        String type = existingType(logicalId, path, expressions);
        return switch (attribute) {
            case "Arn", "ARN" -> arn(logicalId, path, expressions);
            case "Name", "QueueName", "StateMachineName" ->
                    nameProperty(type)
                            .map(property -> name(logicalId, property, expressions))
                            .orElse(logicalId);
            case "QueueUrl", "ApiId", "IntegrationId", "RouteId", "Id" ->
                    ref(logicalId, path, expressions);
            case "ApiEndpoint" -> endpoint(logicalId, expressions, path);
            case "Endpoint.Address",
                    "ReaderEndpoint.Address",
                    "PrimaryEndPoint.Address",
                    "ReaderEndPoint.Address",
                    "ConfigurationEndPoint.Address",
                    "RedisEndpoint.Address" ->
                    addresses.cacheHost();
            case "Endpoint.Port",
                    "ReaderEndpoint.Port",
                    "PrimaryEndPoint.Port",
                    "ReaderEndPoint.Port",
                    "ConfigurationEndPoint.Port",
                    "RedisEndpoint.Port" ->
                    String.valueOf(addresses.cachePort());
            default -> {
                if (!ResourceTypes.INERT.contains(type)) {
                    throw document.fault(
                            path,
                            logicalId + "." + attribute + " is not understood here (" + type + ")");
                }
                yield logicalId + "-" + attribute;
            }
        };
    }

    /** A resource as it was written; missing if there is none. */
    JsonNode resource(String logicalId) {
        return document.root().path("Resources").path(logicalId);
    }

    /** The resource's type; SAM makes a role for each function and state machine without one. */
    String type(String logicalId) {
        JsonNode resource = resource(logicalId);
        if (resource instanceof ObjectNode) {
            return resource.path("Type").asText();
        }
        if (logicalId.equals("ServerlessHttpApi")) {
            return "AWS::Serverless::HttpApi";
        }
        boolean role =
                logicalId.endsWith("Role")
                        && resource(logicalId.substring(0, logicalId.length() - 4))
                                .path("Type")
                                .asText()
                                .startsWith("AWS::Serverless::");
        return role ? "AWS::IAM::Role" : "";
    }

    private String existingType(String logicalId, String path, Expressions expressions) {
        String type = type(logicalId);
        if (type.isEmpty()) {
            throw document.fault(path, logicalId + " is neither a parameter nor a resource");
        }
        JsonNode resource = resource(logicalId);
        if (!expressions.exists(resource, "Resources." + logicalId)) {
            throw document.fault(
                    path, logicalId + " does not exist, for its condition does not hold");
        }
        return type;
    }

    private String arn(String logicalId, String path, Expressions expressions) {
        String type = type(logicalId);
        String name =
                nameProperty(type)
                        .map(property -> name(logicalId, property, expressions))
                        .orElse(logicalId);
        return switch (type) {
            case "AWS::Serverless::Function", "AWS::Lambda::Function" ->
                    Pseudo.arn("lambda", "function:" + name);
            case "AWS::DynamoDB::Table" -> Pseudo.arn("dynamodb", "table/" + name);
            case "AWS::SQS::Queue" -> Pseudo.arn("sqs", name);
            case "AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine" ->
                    Pseudo.arn("states", "stateMachine:" + name);
            case "AWS::Scheduler::Schedule" ->
                    Pseudo.arn(
                            "scheduler", "schedule/" + group(logicalId, expressions) + "/" + name);
            case "AWS::Scheduler::ScheduleGroup" ->
                    Pseudo.arn("scheduler", "schedule-group/" + name);
            case "AWS::ElastiCache::ServerlessCache" ->
                    Pseudo.arn("elasticache", "serverlesscache:" + name);
            case "AWS::IAM::Role" -> "arn:aws:iam::" + Pseudo.ACCOUNT + ":role/" + name;
            default -> {
                refuseUnknown(type, logicalId, path);
                yield Pseudo.arn("local", logicalId);
            }
        };
    }

    private String group(String logicalId, Expressions expressions) {
        return resource(logicalId).path("Properties").has("GroupName")
                ? name(logicalId, "GroupName", expressions)
                : "default";
    }

    private void refuseUnknown(String type, String logicalId, String path) {
        if (!ResourceTypes.isKnown(type)) {
            throw document.fault(
                    path, "depends on " + logicalId + ", and " + type + " is not understood here");
        }
    }

    private String endpoint(String logicalId, Expressions expressions, String path) {
        JsonNode protocol = resource(logicalId).path("Properties").path("ProtocolType");
        String text = addresses.web().toString();
        boolean socket = expressions.evaluate(protocol, path).asText().equals("WEBSOCKET");
        return socket ? text.replaceFirst("^http", "ws") : text;
    }

    private static Optional<String> nameProperty(String type) {
        return Optional.ofNullable(
                switch (type) {
                    case "AWS::Serverless::Function", "AWS::Lambda::Function" -> "FunctionName";
                    case "AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable" -> "TableName";
                    case "AWS::SQS::Queue" -> "QueueName";
                    case "AWS::Serverless::StateMachine" -> "Name";
                    case "AWS::StepFunctions::StateMachine" -> "StateMachineName";
                    case "AWS::ApiGatewayV2::Stage" -> "StageName";
                    case "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup" -> "Name";
                    case "AWS::ElastiCache::ServerlessCache" -> "ServerlessCacheName";
                    case "AWS::IAM::Role" -> "RoleName";
                    case "AWS::Logs::LogGroup" -> "LogGroupName";
                    default -> null;
                });
    }
}
