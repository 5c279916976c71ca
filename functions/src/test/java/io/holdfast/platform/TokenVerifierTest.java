package io.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;

import io.holdfast.platform.TokenVerifier.Verified;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

final class TokenVerifierTest {
    private static final String ISSUER = "https://issuer.example";

    private HttpServer issuer;
    private ECKey key;
    private volatile JWKSet published;
    private TokenVerifier verifier;

    @BeforeEach
    void startIssuer() throws Exception {
        key = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
        published = new JWKSet(key.toPublicJWK());
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext(
                "/jwks",
                exchange -> {
                    byte[] body = published.toString().getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("content-type", "application/json");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        issuer.start();
        verifier = verifier("roles");
    }

    @AfterEach
    void stopIssuer() {
        issuer.stop(0);
    }

    @Test
    void knowsAUserByTheTokensSubject() throws Exception {
        assertThat(verifier.verify(signed(claims().build(), key)))
                .isEqualTo(new Verified.Authenticated(new UserId("alice"), Set.of()));
    }

    @Test
    void remembersAGoodTokenAndNoOther() throws Exception {
        String token = signed(claims().claim("roles", "admin").build(), key);
        Verified first = verifier.verify(token);
        assertThat(verifier.verify(token)).isSameAs(first);

        ECKey forger = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
        assertRefused(signed(claims().claim("roles", "admin").build(), forger));
        assertRefused(token.substring(0, token.length() - 4) + "AAAA");
    }

    @Test
    void refusesAnExpiredToken() throws Exception {
        String token = signed(claims().expirationTime(inSeconds(-60)).build(), key);

        assertThat(verifier.verify(token))
                .isEqualTo(new Verified.Unauthenticated("the token has expired"));
    }

    @Test
    void refusesAnotherIssuerAndAnotherAudience() throws Exception {
        assertRefused(signed(claims().issuer("https://other.example").build(), key));
        assertRefused(signed(claims().audience("somebody-else").build(), key));
    }

    @Test
    void refusesATokenWithoutSubjectOrExpiry() throws Exception {
        assertRefused(signed(claims().subject(null).build(), key));
        assertRefused(signed(claims().expirationTime(null).build(), key));
    }

    @Test
    void refusesAForgedSignature() throws Exception {
        ECKey forger = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();

        assertRefused(signed(claims().build(), forger));
    }

    @Test
    void refusesUnsignedAndSharedSecretTokens() throws Exception {
        assertRefused(new PlainJWT(claims().build()).serialize());
        SignedJWT hmac = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        hmac.sign(new MACSigner(key.toPublicJWK().toString().substring(0, 64)));
        assertRefused(hmac.serialize());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "a.b.c", "....", "eyJhbGciOiJub25lIn0.e30."})
    void refusesNonsense(String token) {
        assertRefused(token);
    }

    @Test
    void findsAKeyThatTheIssuerRotatedIn() throws Exception {
        assertThat(verifier.verify(signed(claims().build(), key)))
                .isInstanceOf(Verified.Authenticated.class);
        ECKey next = new ECKeyGenerator(Curve.P_256).keyID("k2").generate();
        published = new JWKSet(next.toPublicJWK());

        assertThat(verifier.verify(signed(claims().build(), next)))
                .isInstanceOf(Verified.Authenticated.class);
    }

    @Test
    void refusesUnknownKeysHoweverManyCome() throws Exception {
        for (int i = 0; i < 5; i++) {
            ECKey unknown = new ECKeyGenerator(Curve.P_256).keyID("unknown-" + i).generate();
            assertRefused(signed(claims().build(), unknown));
        }

        assertThat(verifier.verify(signed(claims().build(), key)))
                .isInstanceOf(Verified.Authenticated.class);
    }

    @Test
    void cannotTellWithoutTheIssuersKeys() throws IOException {
        issuer.stop(0);

        assertThatThrownBy(() -> verifier.verify(signed(claims().build(), key)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void readsRolesFromAnArrayOrFromOneText() throws Exception {
        assertThat(roles(List.of("admin", "support")))
                .containsExactlyInAnyOrder("admin", "support");
        assertThat(roles("admin support")).containsExactlyInAnyOrder("admin", "support");
        assertThat(roles(" admin  admin ")).containsExactly("admin");
    }

    @Test
    void takesRolesOfAnotherFormForNone() throws Exception {
        assertThat(roles("")).isEmpty();
        assertThat(roles(7)).isEmpty();
        assertThat(roles(Map.of("admin", true))).isEmpty();
        assertThat(roles(List.of(7, List.of("admin"), "", "two words", "line\nbreak", "é")))
                .isEmpty();
        assertThat(roles(List.of("x".repeat(129), "x".repeat(128))))
                .containsExactly("x".repeat(128));
    }

    @Test
    void takesFiftyRolesAtMost() throws Exception {
        List<String> many = IntStream.range(0, 200).mapToObj(i -> "role-" + i).toList();

        assertThat(roles(many)).containsExactlyInAnyOrderElementsOf(many.subList(0, 50));
    }

    @Test
    void looksForRolesOnlyInTheClaimThatIsNamed() throws Exception {
        String token =
                signed(
                        claims().claim("groups", List.of("admin"))
                                .claim("cognito:groups", List.of("support"))
                                .build(),
                        key);
        TokenVerifier cognito = verifier("cognito:groups");

        assertThat(verifier.verify(token))
                .isEqualTo(new Verified.Authenticated(new UserId("alice"), Set.of()));
        assertThat(cognito.verify(token))
                .isEqualTo(new Verified.Authenticated(new UserId("alice"), Set.of("support")));
    }

    private Set<String> roles(Object claim) throws Exception {
        Verified verified = verifier.verify(signed(claims().claim("roles", claim).build(), key));
        assertThat(verified).isInstanceOf(Verified.Authenticated.class);
        return ((Verified.Authenticated) verified).roles();
    }

    private TokenVerifier verifier(String rolesClaim) {
        return new TokenVerifier(
                ISSUER,
                URI.create("http://127.0.0.1:" + issuer.getAddress().getPort() + "/jwks"),
                "holdfast",
                rolesClaim,
                InstantSource.system());
    }

    private void assertRefused(String token) {
        assertThat(verifier.verify(token)).isInstanceOf(Verified.Unauthenticated.class);
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience("holdfast")
                .subject("alice")
                .expirationTime(inSeconds(60));
    }

    private static Date inSeconds(long seconds) {
        return Date.from(Instant.now().plus(Duration.ofSeconds(seconds)));
    }

    private static String signed(JWTClaimsSet claims, ECKey key) throws Exception {
        SignedJWT jwt =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
                        claims);
        jwt.sign(new ECDSASigner(key));
        return jwt.serialize();
    }
}
