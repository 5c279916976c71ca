package io.holdfast.local.sqs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.template.Pseudo;

import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Writes the event by which Lambda hands a batch of messages to a function. */
final class QueueEvent {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private QueueEvent() {}

    static byte[] of(String queueName, List<Message> messages) {
        ObjectNode event = JSON.objectNode();
        ArrayNode records = event.putArray("Records");
        for (Message message : messages) {
            ObjectNode one =
                    records.addObject()
                            .put("messageId", message.messageId())
                            .put("receiptHandle", message.receiptHandle())
                            .put("body", message.body());
            ObjectNode attributes = one.putObject("attributes");
            message.attributesAsStrings().forEach(attributes::put);
            ObjectNode own = one.putObject("messageAttributes");
            message.messageAttributes().forEach((name, v) -> own.set(name, attribute(v)));
            one.put("md5OfBody", message.md5OfBody())
                    .put("eventSource", "aws:sqs")
                    .put("eventSourceARN", Pseudo.arn("sqs", queueName))
                    .put("awsRegion", Pseudo.REGION);
        }
        return event.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode attribute(MessageAttributeValue value) {
        ObjectNode attribute = JSON.objectNode();
        if (value.stringValue() != null) {
            attribute.put("stringValue", value.stringValue());
        }
        if (value.binaryValue() != null) {
            attribute.put(
                    "binaryValue",
                    Base64.getEncoder().encodeToString(value.binaryValue().asByteArray()));
        }
        attribute.putArray("stringListValues");
        attribute.putArray("binaryListValues");
        return attribute.put("dataType", value.dataType());
    }
}
