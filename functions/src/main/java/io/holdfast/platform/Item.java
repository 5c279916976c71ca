package io.holdfast.platform;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One item of the record: a thin, typed view of DynamoDB's attribute map.
 *
 * <p>Reading an attribute that must be there and is not throws {@link IllegalStateException}: the
 * item was written by something else.
 */
public final class Item {
    private final Map<String, AttributeValue> attributes;

    private Item(Map<String, AttributeValue> attributes) {
        this.attributes = attributes;
    }

    /** An item with its key and nothing else yet. */
    public static Item at(String pk, String sk) {
        return new Item(new HashMap<>()).text("pk", pk).text("sk", sk);
    }

    /** No attributes yet: a bag of values for an expression. */
    public static Item empty() {
        return new Item(new HashMap<>());
    }

    /** The item with these attributes, as DynamoDB returned them. */
    public static Item of(Map<String, AttributeValue> attributes) {
        return new Item(new HashMap<>(attributes));
    }

    /** Sets a text; an absent one is left out. */
    public Item text(String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, AttributeValue.fromS(value));
        }
        return this;
    }

    /** Sets a number. */
    public Item number(String name, long value) {
        attributes.put(name, AttributeValue.fromN(Long.toString(value)));
        return this;
    }

    /** Sets a number; an absent one is left out. */
    public Item number(String name, @Nullable Long value) {
        return value == null ? this : number(name, value.longValue());
    }

    /** Sets a time, in milliseconds since 1970; an absent one is left out. */
    public Item time(String name, @Nullable Instant value) {
        return value == null ? this : number(name, value.toEpochMilli());
    }

    /** Sets when DynamoDB may delete the item, in seconds since 1970 as its TTL wants it. */
    public Item expiresAt(Instant value) {
        return number("expiresAt", value.getEpochSecond());
    }

    /** Whether the item should be gone by now: DynamoDB deletes late, so readers look as well. */
    public boolean isExpired(Instant now) {
        return optionalNumber("expiresAt").filter(at -> at <= now.getEpochSecond()).isPresent();
    }

    /** A text that must be there. */
    public String text(String name) {
        return optionalText(name).orElseThrow(() -> missing(name));
    }

    /** A text that may be absent. */
    public Optional<String> optionalText(String name) {
        return Optional.ofNullable(attributes.get(name)).map(AttributeValue::s);
    }

    /** A number that must be there. */
    public long number(String name) {
        return optionalNumber(name).orElseThrow(() -> missing(name));
    }

    /** A number that may be absent. */
    public Optional<Long> optionalNumber(String name) {
        return Optional.ofNullable(attributes.get(name))
                .map(AttributeValue::n)
                .map(Long::parseLong);
    }

    /** A time that must be there. */
    public Instant time(String name) {
        return Instant.ofEpochMilli(number(name));
    }

    /** The attributes as DynamoDB takes them. */
    public Map<String, AttributeValue> attributes() {
        return Map.copyOf(attributes);
    }

    private IllegalStateException missing(String name) {
        return new IllegalStateException(
                "The item " + attributes.get("pk") + " lacks the attribute " + name);
    }
}
