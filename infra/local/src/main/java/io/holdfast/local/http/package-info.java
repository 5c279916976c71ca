/** A small HTTP server for AWS services that speak JSON. */
@NullMarked
package io.holdfast.local.http;

import org.jspecify.annotations.NullMarked;
