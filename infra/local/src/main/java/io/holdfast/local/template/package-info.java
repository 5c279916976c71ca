/** Reads template.yaml: parameters, intrinsic functions, resources. */
@NullMarked
package io.holdfast.local.template;

import org.jspecify.annotations.NullMarked;
