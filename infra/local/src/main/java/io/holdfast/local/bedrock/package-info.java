/** A stand-in for Bedrock's ConverseStream. */
@NullMarked
package io.holdfast.local.bedrock;

import org.jspecify.annotations.NullMarked;
