package io.holdfast.local.template;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads tables, queues and caches. */
final class DataReader {
    private DataReader() {}

    static Resource.Table table(Element element, String name) {
        Properties p = element.properties();
        p.inert(
                "BillingMode",
                "ContributorInsightsSpecification",
                "DeletionProtectionEnabled",
                "OnDemandThroughput",
                "PointInTimeRecoverySpecification",
                "ProvisionedThroughput",
                "SSESpecification",
                "TableClass",
                "TableName",
                "Tags",
                "WarmThroughput");
        if (element.type().equals("AWS::Serverless::SimpleTable")) {
            Properties key = p.object("PrimaryKey");
            String attribute = key.text("Name").orElse("id");
            String type = key.text("Type").orElse("String").substring(0, 1);
            key.done();
            return new Resource.Table(
                    element.logicalId(),
                    name,
                    Map.of(attribute, type),
                    new Resource.Table.Key(attribute, Optional.empty()),
                    List.of(),
                    List.of(),
                    Optional.empty());
        }
        Map<String, String> attributes = new HashMap<>();
        for (Properties attribute : p.objects("AttributeDefinitions")) {
            attributes.put(
                    attribute.requiredText("AttributeName"),
                    attribute.requiredText("AttributeType"));
            attribute.done();
        }
        Properties timeToLive = p.object("TimeToLiveSpecification");
        Optional<String> timeToLiveAttribute =
                timeToLive.flag("Enabled", false)
                        ? timeToLive.text("AttributeName")
                        : Optional.empty();
        timeToLive.inert("AttributeName");
        timeToLive.done();
        return new Resource.Table(
                element.logicalId(),
                name,
                attributes,
                key(p),
                indexes(p, "GlobalSecondaryIndexes"),
                indexes(p, "LocalSecondaryIndexes"),
                timeToLiveAttribute);
    }

    private static List<Resource.Table.Index> indexes(Properties table, String key) {
        return table.objects(key).stream()
                .map(
                        index -> {
                            Properties projection = index.object("Projection");
                            Resource.Table.Index result =
                                    new Resource.Table.Index(
                                            index.requiredText("IndexName"),
                                            key(index),
                                            projection.text("ProjectionType").orElse("ALL"),
                                            projection.texts("NonKeyAttributes"));
                            projection.done();
                            index.inert(
                                    "ContributorInsightsSpecification",
                                    "OnDemandThroughput",
                                    "ProvisionedThroughput",
                                    "WarmThroughput");
                            index.done();
                            return result;
                        })
                .toList();
    }

    private static Resource.Table.Key key(Properties table) {
        Map<String, String> roles = new HashMap<>();
        for (Properties part : table.objects("KeySchema")) {
            roles.put(part.requiredText("KeyType"), part.requiredText("AttributeName"));
            part.done();
        }
        String hash = roles.get("HASH");
        if (hash == null) {
            throw table.fault("KeySchema", "needs a key of type HASH");
        }
        return new Resource.Table.Key(hash, Optional.ofNullable(roles.get("RANGE")));
    }

    static Resource.Queue queue(Element element, String name) {
        Properties p = element.properties();
        p.inert(
                "KmsDataKeyReusePeriodSeconds",
                "KmsMasterKeyId",
                "MaximumMessageSize",
                "QueueName",
                "RedriveAllowPolicy",
                "SqsManagedSseEnabled",
                "Tags");
        boolean fifo = p.flag("FifoQueue", false);
        if (fifo != name.endsWith(".fifo")) {
            throw p.fault("QueueName", "ends in .fifo if, and only if, FifoQueue is true");
        }
        return new Resource.Queue(
                element.logicalId(),
                name,
                fifo,
                p.flag("ContentBasedDeduplication", false),
                Duration.ofSeconds(p.number("VisibilityTimeout", 30, 0, 43_200)),
                Duration.ofSeconds(p.number("DelaySeconds", 0, 0, 900)),
                Duration.ofSeconds(p.number("ReceiveMessageWaitTimeSeconds", 0, 0, 20)),
                Duration.ofSeconds(p.number("MessageRetentionPeriod", 345_600, 60, 1_209_600)),
                deadLetter(p));
    }

    private static Optional<Resource.Queue.DeadLetter> deadLetter(Properties queue) {
        if (!queue.has("RedrivePolicy")) {
            return Optional.empty();
        }
        Properties policy = queue.object("RedrivePolicy");
        String arn = policy.requiredText("deadLetterTargetArn");
        int receives = policy.number("maxReceiveCount", 10, 1, 1_000);
        policy.done();
        return Optional.of(
                new Resource.Queue.DeadLetter(arn.substring(arn.lastIndexOf(':') + 1), receives));
    }

    static Resource.Cache cache(Element element) {
        Properties p = element.properties();
        String engine = p.text("Engine").orElse("redis");
        if (engine.equals("memcached")) {
            throw p.fault("Engine", "only redis and valkey run here");
        }
        // What remains sizes, names or guards the cache: nothing of it changes what it answers.
        p.inert(p.keys().toArray(String[]::new));
        return new Resource.Cache(element.logicalId(), engine);
    }
}
