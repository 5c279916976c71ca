package io.holdfast.local.template;

import java.util.List;

/**
 * Everything in a template that runs here.
 *
 * @param resources in the template's order; the APIs last
 * @param warnings what was not understood and has no effect, a sentence each
 */
public record Model(List<Resource> resources, List<String> warnings) {
    /** Copies the lists. */
    public Model {
        resources = List.copyOf(resources);
        warnings = List.copyOf(warnings);
    }

    /** The resources of one kind. */
    public <T extends Resource> List<T> all(Class<T> kind) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
