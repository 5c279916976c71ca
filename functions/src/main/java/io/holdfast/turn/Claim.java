package io.holdfast.turn;

import io.holdfast.stream.Fence;

/**
 * An attempt at a step that has been counted: the only one that may store the step.
 *
 * @param reached entries that the turn's stream had at least, as far as the record knows
 * @param bound no chunk of an earlier attempt has reached this sequence
 * @param limit this attempt's chunks may not reach this sequence, unless it is moved up first
 */
record Claim(Fence fence, long reached, long bound, long limit) {}
