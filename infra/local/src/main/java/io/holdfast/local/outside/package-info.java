/** The outside service of the local system: takes work, and says later what came of it. */
@org.jspecify.annotations.NullMarked
package io.holdfast.local.outside;
