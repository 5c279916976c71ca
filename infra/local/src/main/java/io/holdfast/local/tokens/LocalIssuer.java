package io.holdfast.local.tokens;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;

/**
 * An OIDC issuer of this machine. Its tokens are verified by the functions as any issuer's are: by
 * its URL and its published keys.
 */
public final class LocalIssuer {
    /** How long a token is good that asks for no other time. */
    public static final Duration DEFAULT_LIFE = Duration.ofHours(12);

    private static final String AUDIENCE = "holdfast";
    private static final String KEY_FILE = "issuer-key.json";

    private final ECKey key;
    private final URI issuer;
    private final InstantSource clock;

    /** Signs as the issuer of this URL. */
    public LocalIssuer(ECKey key, URI issuer, InstantSource clock) {
        this.key = key;
        this.issuer = issuer;
        this.clock = clock;
    }

    /**
     * Makes a signing key (ES256), or reads the one of an earlier start.
     *
     * @param directory where it is kept, readable by its owner only; absent: it is kept nowhere
     * @throws IOException if it cannot be written, or what is there is not a key
     */
    public static ECKey key(@Nullable Path directory) throws IOException {
        if (directory == null) {
            return newKey();
        }
        Path file = directory.resolve(KEY_FILE);
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            try {
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, newKey().toJSONString());
            } catch (FileAlreadyExistsException anotherWasFaster) {
                // Its key is as good.
            }
        }
        try {
            return ECKey.parse(Files.readString(file));
        } catch (ParseException e) {
            throw new IOException(file + " is not a key", e);
        }
    }

    private static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256)
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.ES256)
                    .keyIDFromThumbprint(true)
                    .generate();
        } catch (JOSEException e) {
            throw new IllegalStateException("This JVM has no P-256", e);
        }
    }

    /** The URL in the claim {@code iss}. */
    public URI issuer() {
        return issuer;
    }

    /** The public keys (RFC 7517). */
    public String jwks() {
        return new JWKSet(key.toPublicJWK()).toString();
    }

    /**
     * A signed token.
     *
     * @param roles the claim {@code roles}; left out if empty
     */
    public String token(String user, List<String> roles, Duration life) {
        Instant now = clock.instant();
        JWTClaimsSet.Builder claims =
                new JWTClaimsSet.Builder()
                        .issuer(issuer.toString())
                        .subject(user)
                        .audience(AUDIENCE)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plus(life)));
        if (!roles.isEmpty()) {
            claims.claim("roles", roles);
        }
        SignedJWT jwt =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
                        claims.build());
        try {
            jwt.sign(new ECDSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException("The local key cannot sign", e);
        }
        return jwt.serialize();
    }
}
