package io.holdfast.turn;

import io.holdfast.platform.UserId;

import java.util.Set;

/** Who asks for something, and what they are. */
public record Caller(UserId user, Set<String> roles) {
    public Caller {
        roles = Set.copyOf(roles);
    }
}
