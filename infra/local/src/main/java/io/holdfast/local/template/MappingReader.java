package io.holdfast.local.template;

import java.time.Duration;
import java.util.List;

/** Reads queue mappings: {@code AWS::Lambda::EventSourceMapping} and SAM's event {@code SQS}. */
final class MappingReader {
    /** Concurrent batches of a mapping without a limit of its own: Lambda starts with five. */
    private static final int CONCURRENCY = 5;

    private MappingReader() {}

    /**
     * @param sourceKey the property that holds the queue's ARN
     */
    static Resource.EventSourceMapping read(
            String logicalId, Properties p, String sourceKey, String functionName) {
        String source = p.requiredText(sourceKey);
        if (!source.startsWith("arn:aws:sqs:")) {
            throw p.fault(sourceKey, "only queues can be the source of a function here");
        }
        List<String> responseTypes = p.texts("FunctionResponseTypes");
        Properties scaling = p.object("ScalingConfig");
        int concurrency = scaling.number("MaximumConcurrency", CONCURRENCY, 2, 1_000);
        scaling.done();
        p.inert("FunctionName", "MetricsConfig", "Tags");
        Resource.EventSourceMapping mapping =
                new Resource.EventSourceMapping(
                        logicalId,
                        source.substring(source.lastIndexOf(':') + 1),
                        functionName,
                        p.number("BatchSize", 10, 1, 10_000),
                        Duration.ofSeconds(p.number("MaximumBatchingWindowInSeconds", 0, 0, 300)),
                        responseTypes.contains("ReportBatchItemFailures"),
                        concurrency,
                        p.flag("Enabled", true));
        if (mapping.batchSize() > 10 && mapping.window().isZero()) {
            throw p.fault(
                    "BatchSize", "over 10 needs a MaximumBatchingWindowInSeconds of 1 or more");
        }
        p.done();
        return mapping;
    }
}
