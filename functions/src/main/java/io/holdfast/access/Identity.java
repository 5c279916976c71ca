package io.holdfast.access;

import io.holdfast.platform.UserId;

import java.util.Set;

/**
 * Who somebody is, and by what we know it.
 *
 * @param roles what the tools' policies speak of
 */
public record Identity(UserId user, Set<String> roles, By by) {
    public Identity {
        roles = Set.copyOf(roles);
    }

    /** What shows who somebody is. */
    public sealed interface By {
        /** A token of the issuer's: the user in person. */
        record Token() implements By {}

        /** A key that acts for the user. */
        record Key(KeyId id, Set<Scope> scopes) implements By {
            public Key {
                scopes = Set.copyOf(scopes);
            }
        }

        /** A guest's token: whoever got it when they came. */
        record Guest() implements By {}
    }

    /** Whether they may do what wants this scope: keys alone are bound by scopes. */
    public boolean may(Scope scope) {
        return switch (by) {
            case By.Token() -> true;
            case By.Guest() -> true;
            case By.Key(KeyId id, Set<Scope> scopes) -> scopes.contains(scope);
        };
    }

    /** Whether it is the user in person, whom the issuer has signed in. */
    public boolean isSignedIn() {
        return by instanceof By.Token;
    }
}
