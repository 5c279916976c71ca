/** Step Functions: a States Language (JSONata) engine behind the real service API. */
@NullMarked
package io.holdfast.local.states;

import org.jspecify.annotations.NullMarked;
