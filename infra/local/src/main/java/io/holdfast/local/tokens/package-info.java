/** A local OIDC issuer: signs tokens for whoever asks. */
@NullMarked
package io.holdfast.local.tokens;

import org.jspecify.annotations.NullMarked;
