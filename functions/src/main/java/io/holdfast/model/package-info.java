/** The model: Bedrock's ConverseStream behind a small port. */
@NullMarked
package io.holdfast.model;

import org.jspecify.annotations.NullMarked;
