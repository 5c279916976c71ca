/** Who somebody is, what they may do, and how often: tokens, API keys, guests, rate limits. */
@NullMarked
package io.holdfast.access;

import org.jspecify.annotations.NullMarked;
