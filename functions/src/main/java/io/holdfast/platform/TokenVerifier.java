package io.holdfast.platform;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;

import java.net.MalformedURLException;
import java.net.URI;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Verifies the tokens of users: JWTs of one OIDC issuer.
 *
 * <p>The issuer's keys are fetched from its JWKS URL, cached for five minutes, and fetched again
 * when a token names a key that is not among them (at most every 30 s), so that keys can rotate. A
 * token that is good is not verified again for a minute.
 */
public final class TokenVerifier {
    /** Asymmetric only: with a shared secret, whoever verifies could also sign. */
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(
                    JWSAlgorithm.RS256,
                    JWSAlgorithm.RS384,
                    JWSAlgorithm.RS512,
                    JWSAlgorithm.PS256,
                    JWSAlgorithm.ES256,
                    JWSAlgorithm.ES384,
                    JWSAlgorithm.ES512);

    private static final int CONNECT_MILLIS = 2_000;
    private static final int READ_MILLIS = 3_000;
    private static final int MAX_JWKS_BYTES = 256 * 1024;

    /** Clocks of issuers drift a little; more than this is a fault. */
    private static final int CLOCK_SKEW_SECONDS = 10;

    /** More is a mistake of the issuer's, and would not fit into the record. */
    private static final int MAX_ROLES = 50;

    private static final Pattern ROLE = Pattern.compile("[\\x21-\\x7E]{1,128}");

    private final String rolesClaim;
    private final VerifiedTokens known;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /**
     * Verifies against one issuer.
     *
     * @param issuer what the claim {@code iss} must be
     * @param jwks where the issuer publishes its keys
     * @param audience what the claim {@code aud} must contain
     * @param rolesClaim which claim names the user's roles: an array of texts, or one text with
     *     spaces between them
     */
    public TokenVerifier(
            String issuer, URI jwks, String audience, String rolesClaim, InstantSource clock) {
        this.rolesClaim = rolesClaim;
        this.known = new VerifiedTokens(clock);
        try {
            processor.setJWSKeySelector(
                    new JWSVerificationKeySelector<>(
                            ALGORITHMS,
                            JWKSourceBuilder.create(
                                            jwks.toURL(),
                                            new DefaultResourceRetriever(
                                                    CONNECT_MILLIS, READ_MILLIS, MAX_JWKS_BYTES))
                                    .retrying(true)
                                    .build()));
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("the JWKS URL must be http or https", e);
        }
        DefaultJWTClaimsVerifier<SecurityContext> claims =
                new DefaultJWTClaimsVerifier<>(
                        audience,
                        new JWTClaimsSet.Builder().issuer(issuer).build(),
                        Set.of("sub", "exp"));
        claims.setMaxClockSkew(CLOCK_SKEW_SECONDS);
        processor.setJWTClaimsSetVerifier(claims);
    }

    /**
     * Reads {@code JWT_ISSUER}, {@code JWT_JWKS_URL}, {@code JWT_AUDIENCE} and {@code
     * JWT_ROLES_CLAIM}.
     */
    public static Settings settings(ConfigReader config) {
        return new Settings(
                config.text("JWT_ISSUER"),
                config.uri("JWT_JWKS_URL"),
                config.text("JWT_AUDIENCE"),
                config.optionalText("JWT_ROLES_CLAIM").orElse("roles"));
    }

    /** Whose tokens are good. */
    public record Settings(String issuer, URI jwks, String audience, String rolesClaim) {

        /** A verifier with these settings. */
        public TokenVerifier verifier(InstantSource clock) {
            return new TokenVerifier(issuer, jwks, audience, rolesClaim, clock);
        }
    }

    /**
     * Verifies a token.
     *
     * @throws IllegalStateException if the issuer's keys cannot be had: nobody can tell then
     */
    public Verified verify(String token) {
        Optional<Verified.Authenticated> remembered = known.find(token);
        return remembered.isPresent() ? remembered.get() : verifyAnew(token);
    }

    private Verified verifyAnew(String token) {
        try {
            JWTClaimsSet claims = processor.process(token, null);
            String subject = claims.getSubject();
            if (!UserId.isValid(subject)) {
                return new Verified.Unauthenticated("the token's subject is not a valid user id");
            }
            Verified.Authenticated user =
                    new Verified.Authenticated(new UserId(subject), roles(claims));
            known.put(token, user, claims.getExpirationTime().toInstant());
            return user;
        } catch (ParseException e) {
            return new Verified.Unauthenticated("the token is not a signed JWT");
        } catch (RateLimitReachedException e) {
            // Not known when the keys were fetched last, and it is too early to fetch them again.
            return new Verified.Unauthenticated("the token's key is not known");
        } catch (KeySourceException e) {
            throw new IllegalStateException("The issuer's keys cannot be fetched", e);
        } catch (BadJOSEException e) {
            return new Verified.Unauthenticated(reason(e));
        } catch (JOSEException e) {
            return new Verified.Unauthenticated("the token's signature cannot be verified");
        }
    }

    /** Roles of another form are none: nobody gets more than the issuer has clearly said. */
    private Set<String> roles(JWTClaimsSet claims) {
        Stream<?> named =
                switch (claims.getClaim(rolesClaim)) {
                    case String text -> Arrays.stream(text.split(" ", -1));
                    case List<?> list -> list.stream();
                    case null, default -> Stream.of();
                };
        return named.filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(role -> ROLE.matcher(role).matches())
                .limit(MAX_ROLES)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String reason(BadJOSEException failure) {
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        return message.startsWith("Expired")
                ? "the token has expired"
                : "the token is not one of this issuer for this audience";
    }

    /** What a token turned out to be. */
    public sealed interface Verified {
        /** The user's, with the roles that the issuer gave them. */
        record Authenticated(UserId user, Set<String> roles) implements Verified {
            public Authenticated {
                roles = Set.copyOf(roles);
            }
        }

        /**
         * Not good.
         *
         * @param reason for the client; says nothing about the right key
         */
        record Unauthenticated(String reason) implements Verified {}
    }
}
