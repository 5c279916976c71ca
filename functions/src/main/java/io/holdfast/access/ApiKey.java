package io.holdfast.access;

import io.holdfast.platform.UserId;

import java.time.Instant;
import java.util.Set;

/**
 * What a service acts by for the user who made it.
 *
 * @param name the user's own words for it
 * @param scopes what it may do
 * @param roles which of the user's roles it has, as they were when it was made
 */
public record ApiKey(
        KeyId id,
        UserId user,
        String name,
        Set<Scope> scopes,
        Set<String> roles,
        Instant createdAt,
        Instant expiresAt) {
    public ApiKey {
        scopes = Set.copyOf(scopes);
        roles = Set.copyOf(roles);
    }

    Identity identity() {
        return new Identity(user, roles, new Identity.By.Key(id, scopes));
    }
}
