package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;

import io.holdfast.platform.Json;
import io.holdfast.platform.LruCache;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Checks inputs by JSON Schema, draft 2020-12 unless a schema's {@code $schema} names another.
 *
 * <p>A schema never makes us fetch another: references outside itself are not followed. One that
 * cannot be read checks nothing; the tool then sees whatever the model sends.
 */
final class Schemas {
    private static final Logger LOG = LoggerFactory.getLogger(Schemas.class);
    private static final int MAX_CACHED = 256;
    private static final int MAX_NAMED = 3;

    private final LruCache<ObjectNode, Optional<Schema>> compiled = new LruCache<>(MAX_CACHED);
    private @Nullable SchemaRegistry registry;

    /** Checks what a model sent for a tool; nothing at all counts as an empty object. */
    Input check(ToolSpec spec, @Nullable JsonNode raw) {
        JsonNode input = isNothing(raw) ? Json.object() : raw;
        if (!(input instanceof ObjectNode object)) {
            return new Input.Invalid("The input must be a JSON object");
        }
        List<Error> errors = errors(spec, object);
        if (errors.isEmpty()) {
            return new Input.Valid(object);
        }
        String more =
                errors.size() > MAX_NAMED
                        ? "; and %d more".formatted(errors.size() - MAX_NAMED)
                        : "";
        return new Input.Invalid(
                Words.safe(
                        "The input is not valid: "
                                + errors.stream()
                                        .limit(MAX_NAMED)
                                        .map(Schemas::say)
                                        .collect(Collectors.joining("; "))
                                + more));
    }

    private static boolean isNothing(@Nullable JsonNode raw) {
        return raw == null
                || raw.isMissingNode()
                || raw.isNull()
                || (raw.isTextual() && raw.textValue().isBlank());
    }

    /** A schema may name itself for ever, which ends with the stack. */
    private List<Error> errors(ToolSpec spec, ObjectNode input) {
        try {
            return compiled(spec).map(schema -> schema.validate(input)).orElse(List.of());
        } catch (RuntimeException | StackOverflowError e) {
            forget(spec, e);
            return List.of();
        }
    }

    private synchronized Optional<Schema> compiled(ToolSpec spec) {
        Optional<Schema> known = compiled.get(spec.input());
        if (known != null) {
            return known;
        }
        Schema schema = registry().getSchema(spec.input());
        schema.initializeValidators();
        compiled.put(spec.input(), Optional.of(schema));
        return Optional.of(schema);
    }

    private synchronized void forget(ToolSpec spec, Throwable why) {
        compiled.put(spec.input(), Optional.empty());
        // The library's words quote the schema, which may be somebody else's; its class says
        // enough.
        LOG.warn(
                "The input schema of the tool {} cannot be read ({}): its inputs go unchecked",
                spec.name(),
                why.getClass().getSimpleName());
    }

    /** Built when it is first needed: it costs a cold start. */
    private SchemaRegistry registry() {
        if (registry == null) {
            registry =
                    SchemaRegistry.withDefaultDialect(
                            SpecificationVersion.DRAFT_2020_12,
                            builder ->
                                    builder.schemaCacheEnabled(false)
                                            .schemaLoader(loader -> loader.allow(iri -> false))
                                            .schemaRegistryConfig(
                                                    SchemaRegistryConfig.builder()
                                                            .locale(Locale.ENGLISH)
                                                            .build()));
        }
        return registry;
    }

    /** Where and what; the library's messages name what is expected, and no values of the input. */
    private static String say(Error error) {
        NodePath place = error.getInstanceLocation();
        String where = place == null ? "" : place.toString();
        return (where.isEmpty() || where.equals("/") || where.equals("$") ? "the input" : where)
                + ": "
                + error.getMessage();
    }
}
