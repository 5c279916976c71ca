package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads a task's resource and checks the arguments that its service takes. */
final class ResourceParser {
    private static final Pattern FUNCTION =
            Pattern.compile(
                    "arn:aws[a-z-]*:lambda:[a-z0-9-]*:\\d*:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?");

    private ResourceParser() {}

    static @Nullable Resource parse(String arn) {
        if (FUNCTION.matcher(arn).matches()) {
            return new Resource.Function(arn);
        }
        for (Resource.Service service : Resource.Service.values()) {
            for (Resource.Pattern pattern : service.patterns) {
                if (arn.matches(
                        "arn:aws[a-z-]*:states:::"
                                + Pattern.quote(service.service + ":" + service.action(pattern)))) {
                    return new Resource.Integration(service, pattern);
                }
            }
        }
        return null;
    }

    static Resource resource(Fields fields) {
        String arn = fields.requiredText("Resource");
        Resource resource = parse(arn);
        if (resource != null) {
            return resource;
        }
        if (!arn.isEmpty()) {
            fields.problem(
                    "Resource",
                    arn.startsWith("arn:")
                            ? "The resource '" + arn + "' is not supported by this engine"
                            : "The resource provided is not a valid ARN: '" + arn + "'");
        }
        return new Resource.Function(arn);
    }

    static void checkArguments(Fields fields, Resource resource, @Nullable Template arguments) {
        if (!(resource instanceof Resource.Integration(Resource.Service service, _))
                || arguments instanceof Template.Dynamic) {
            return;
        }
        Set<String> given =
                switch (arguments) {
                    case null -> Set.of();
                    case Template.Fields object -> object.fields().keySet();
                    case Template.Literal(_, JsonNode value) when value.isObject() ->
                            new TreeSet<>(
                                    value.properties().stream().map(e -> e.getKey()).toList());
                    case Template.Literal _, Template.Items _, Template.Dynamic _ -> {
                        fields.problem("Arguments", "Expected an object");
                        yield service.required;
                    }
                };
        for (String name : new TreeSet<>(service.required)) {
            if (!given.contains(name)) {
                fields.problem("Arguments", "The field '" + name + "' is required but was missing");
            }
        }
        for (String name : given) {
            if (!service.required.contains(name) && !service.optional.contains(name)) {
                fields.problem(
                        "Arguments/" + name,
                        "The field '%s' is not supported by Step Functions; known are %s"
                                .formatted(name, known(service)));
            }
        }
    }

    private static Set<String> known(Resource.Service service) {
        Set<String> names = new TreeSet<>(service.required);
        names.addAll(service.optional);
        return names;
    }
}
