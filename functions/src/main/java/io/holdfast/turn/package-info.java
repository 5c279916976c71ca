/** The answer: starting a turn, its steps, its finish, its cancellation. */
@NullMarked
package io.holdfast.turn;

import org.jspecify.annotations.NullMarked;
