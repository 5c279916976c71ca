/** SQS: ElasticMQ in this JVM, with the template's queues and their mappings to functions. */
@NullMarked
package io.holdfast.local.sqs;

import org.jspecify.annotations.NullMarked;
