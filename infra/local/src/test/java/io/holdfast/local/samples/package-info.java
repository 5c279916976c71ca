/** Functions that the tests' templates name as their handlers. */
@NullMarked
package io.holdfast.local.samples;

import org.jspecify.annotations.NullMarked;
