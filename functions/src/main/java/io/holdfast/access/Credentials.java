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
    private final Optional<GuestStore> guests;
    private final InstantSource clock;

    /**
     * Knows users by these tokens and these keys.
     *
     * @param guests empty where guests are not let in
     */
    public Credentials(
            TokenVerifier tokens,
            ApiKeyStore keys,
            Optional<GuestStore> guests,
            InstantSource clock) {
        this.tokens = tokens;
        this.keys = keys;
        this.guests = guests;
        this.clock = clock;
    }

    /**
     * Who sends this: a JWT of the issuer, a key, or a guest's token. Each begins so that it cannot
     * be taken for another: a JWT begins with <code>{"</code> in Base64, {@code ey}.
     *
     * @throws IllegalStateException if the issuer's public keys cannot be had: nobody can tell then
     */
    public Identification identify(String sent) {
        if (sent.startsWith(ApiKeyStore.TOKEN_PREFIX)) {
            return keys.verify(sent, clock.instant())
                    .<Identification>map(key -> new Identification.Known(key.identity()))
                    .orElseGet(() -> new Identification.Unknown("the key is not known"));
        }
        if (sent.startsWith(GuestStore.TOKEN_PREFIX)) {
            return guests.flatMap(known -> known.verify(sent, clock.instant()))
                    .<Identification>map(Credentials::guest)
                    .orElseGet(() -> new Identification.Unknown("the guest is not known"));
        }
        return switch (tokens.verify(sent)) {
            case Verified.Unauthenticated(String reason) -> new Identification.Unknown(reason);
            // Or whoever may choose their subject at the issuer could be a guest of ours.
            case Verified.Authenticated(UserId user, Set<String> roles)
                    when user.value().startsWith(GuestStore.USER_PREFIX) ->
                    new Identification.Unknown("the token's subject is not a valid user id");
            case Verified.Authenticated(UserId user, Set<String> roles) ->
                    new Identification.Known(new Identity(user, roles, new Identity.By.Token()));
        };
    }

    private static Identification guest(UserId user) {
        return new Identification.Known(new Identity(user, Set.of(), new Identity.By.Guest()));
    }

    /** Whose a key is that was good before; empty if it has been revoked or has expired. */
    public Optional<Identity> again(KeyId key) {
        return keys.find(key, clock.instant()).map(ApiKey::identity);
    }
}
