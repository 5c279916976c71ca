/** DynamoDB: DynamoDB Local in this JVM, with the template's tables. */
@NullMarked
package io.holdfast.local.dynamo;

import org.jspecify.annotations.NullMarked;
