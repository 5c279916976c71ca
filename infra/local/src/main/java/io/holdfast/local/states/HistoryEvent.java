package io.holdfast.local.states;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One event of an execution's history.
 *
 * @param detailsName the field that holds the details, which depends on the type; absent if the
 *     type has none
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html">HistoryEvent</a>
 */
record HistoryEvent(
        long id,
        long previousId,
        Instant time,
        String type,
        @Nullable String detailsName,
        ObjectNode details) {}
