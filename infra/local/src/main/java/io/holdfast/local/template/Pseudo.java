package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.util.Optional;

/** The account, region and stack that everything here is said to be in. */
public final class Pseudo {
    /** The region in every ARN. */
    public static final String REGION = "us-east-1";

    /** The account in every ARN and queue URL. */
    public static final String ACCOUNT = "000000000000";

    /** The stack's name. */
    public static final String STACK = "holdfast";

    private Pseudo() {}

    /**
     * An ARN of this region and account, such as {@code arn:aws:sqs:us-east-1:000000000000:jobs}.
     */
    public static String arn(String service, String resource) {
        return "arn:aws:" + service + ":" + REGION + ":" + ACCOUNT + ":" + resource;
    }

    /**
     * A pseudo parameter's value; missing for {@code AWS::NoValue}; empty if there is none such.
     */
    static Optional<JsonNode> value(String name) {
        return switch (name) {
            case "AWS::Region" -> text(REGION);
            case "AWS::AccountId" -> text(ACCOUNT);
            case "AWS::Partition" -> text("aws");
            case "AWS::URLSuffix" -> text("amazonaws.com");
            case "AWS::StackName" -> text(STACK);
            case "AWS::StackId" -> text(arn("cloudformation", "stack/" + STACK + "/local"));
            case "AWS::NotificationARNs" -> Optional.of(JsonNodeFactory.instance.arrayNode());
            case "AWS::NoValue" -> Optional.of(MissingNode.getInstance());
            default -> Optional.empty();
        };
    }

    private static Optional<JsonNode> text(String value) {
        return Optional.of(TextNode.valueOf(value));
    }
}
