/** The few things that all packages share: configuration, ids, JSON, clients. */
@NullMarked
package io.holdfast.platform;

import org.jspecify.annotations.NullMarked;
