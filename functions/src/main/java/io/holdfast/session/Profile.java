package io.holdfast.session;

import java.time.Instant;

/** What a user has written about themselves. */
public record Profile(String text, Instant updatedAt) {}
