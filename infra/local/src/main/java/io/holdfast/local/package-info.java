/** Holdfast on one machine: the same template, in one JVM. */
@NullMarked
package io.holdfast.local;

import org.jspecify.annotations.NullMarked;
