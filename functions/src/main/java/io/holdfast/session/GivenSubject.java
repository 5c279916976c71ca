package io.holdfast.session;

import java.time.Instant;

/**
 * What a client said is known of a conversation's subject.
 *
 * @param json an object
 */
public record GivenSubject(String json, Instant at) {}
