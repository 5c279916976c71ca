/** The Amazon States Language (JSONata): its parts, its parser and its expressions. */
@NullMarked
package io.holdfast.local.states.language;

import org.jspecify.annotations.NullMarked;
