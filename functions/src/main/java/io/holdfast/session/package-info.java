/** Conversations, their messages and their history, in DynamoDB. */
@NullMarked
package io.holdfast.session;

import org.jspecify.annotations.NullMarked;
