package io.holdfast.access;

import io.holdfast.platform.TokenVerifier;
import io.holdfast.platform.TokenVerifier.Verified;
import io.holdfast.platform.UserId;

import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Finds out who somebody is by what they send: the same for both doors. */
public final class Credentials {
    private final TokenVerifier tokens;
    private final ApiKeyStore keys;
    private final InstantSource clock;

    /** Knows users by these tokens and these keys. */
    public Credentials(TokenVerifier tokens, ApiKeyStore keys, InstantSource clock) {
        this.tokens = tokens;
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Who sends this: a JWT of the issuer, or a key. Each begins so that it cannot be taken for
     * another: a JWT begins with <code>{"</code> in Base64, {@code ey}.
     *
     * @throws IllegalStateException if the issuer's public keys cannot be had: nobody can tell then
     */
    public Identification identify(String sent) {
        if (sent.startsWith(ApiKeyStore.TOKEN_PREFIX)) {
            return keys.verify(sent, clock.instant())
                    .<Identification>map(key -> new Identification.Known(key.identity()))
                    .orElseGet(() -> new Identification.Unknown("the key is not known"));
        }
        return switch (tokens.verify(sent)) {
            case Verified.Unauthenticated(String reason) -> new Identification.Unknown(reason);
            case Verified.Authenticated(UserId user, Set<String> roles) ->
                    new Identification.Known(new Identity(user, roles, new Identity.By.Token()));
        };
    }

    /** Whose a key is that was good before; empty if it has been revoked or has expired. */
    public Optional<Identity> again(KeyId key) {
        return keys.find(key, clock.instant()).map(ApiKey::identity);
    }
}
