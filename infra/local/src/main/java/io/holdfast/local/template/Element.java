package io.holdfast.local.template;

/**
 * A resource as the readers see it.
 *
 * @param properties with SAM's Globals merged in
 */
record Element(String logicalId, String type, Properties properties) {

    /** Whether the type is one of these. */
    boolean is(String first, String second) {
        return type.equals(first) || type.equals(second);
    }
}
