/** Tools to rehearse with, behind routes of the gateway. */
@NullMarked
package io.holdfast.local.tools;

import org.jspecify.annotations.NullMarked;
