/** The HTTP door. */
@NullMarked
package io.holdfast.api;

import org.jspecify.annotations.NullMarked;
