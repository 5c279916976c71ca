package io.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

@NullMarked
final class SignedRequestsTest {
    private static final String SECRET_KEY = "the-secret-key";
    private static final Pattern AUTHORIZATION =
            Pattern.compile(
                    "AWS4-HMAC-SHA256 Credential=KEYID/(\\d{8})/eu-west-1/(\\w+)/aws4_request,"
                            + " SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})");

    private final Deque<Answer> answers = new ArrayDeque<>();
    private final List<Asked> asked = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private HttpServer server;
    private SignedRequests requests;

    private record Answer(int status, String body) {}

    private record Asked(String method, String path, Map<String, String> headers, String body) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
                    exchange.getRequestHeaders()
                            .forEach((name, values) -> headers.put(name, values.getFirst()));
                    asked.add(
                            new Asked(
                                    exchange.getRequestMethod(),
                                    exchange.getRequestURI().getRawPath(),
                                    headers,
                                    new String(
                                            exchange.getRequestBody().readAllBytes(),
                                            StandardCharsets.UTF_8)));
                    Answer answer = answers.removeFirst();
                    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(
                            answer.status(), body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        requests =
                new SignedRequests(
                        Map.of(
                                "AWS_REGION", "eu-west-1",
                                "AWS_ACCESS_KEY_ID", "KEYID",
                                "AWS_SECRET_ACCESS_KEY", SECRET_KEY,
                                "AWS_SESSION_TOKEN", "token",
                                "AWS_ENDPOINT_URL_S3", url,
                                "AWS_ENDPOINT_URL_SSM", url,
                                "AWS_ENDPOINT_URL_SECRETS_MANAGER", url),
                        pauses::add);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void readsAnObject() throws GeneralSecurityException {
        answers.add(new Answer(200, "version: 1 ä"));

        assertThat(requests.object("my-bucket", "a b/ä+*~(1).yaml")).isEqualTo("version: 1 ä");

        Asked request = asked.getFirst();
        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.path()).isEqualTo("/my-bucket/a%20b/%C3%A4%2B%2A~%281%29.yaml");
        // S3 signs the path as it is sent.
        assertSigned(request, "s3", request.path());
    }

    @Test
    void readsAParameterDecrypted() throws GeneralSecurityException {
        answers.add(new Answer(200, "{\"Parameter\":{\"Value\":\"version: 1\"}}"));

        assertThat(requests.parameter("/holdfast/assistants")).isEqualTo("version: 1");

        Asked request = asked.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.body())
                .isEqualTo("{\"Name\":\"/holdfast/assistants\",\"WithDecryption\":true}");
        assertThat(request.headers())
                .containsEntry("X-Amz-Target", "AmazonSSM.GetParameter")
                .containsEntry("Content-Type", "application/x-amz-json-1.1");
        assertSigned(request, "ssm", "/");
    }

    @Test
    void readsASecret() throws GeneralSecurityException {
        answers.add(new Answer(200, "{\"SecretString\":\"s3cret\"}"));

        assertThat(requests.secret("keys")).isEqualTo("s3cret");

        Asked request = asked.getFirst();
        assertThat(request.body()).isEqualTo("{\"SecretId\":\"keys\"}");
        assertThat(request.headers())
                .containsEntry("X-Amz-Target", "secretsmanager.GetSecretValue");
        assertSigned(request, "secretsmanager", "/");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "503 | ",
                "429 | ",
                "400 | {\"__type\":\"com.amazonaws#ThrottlingException\"}",
            })
    void triesOnceMoreWhatMayPass(int status, @Nullable String body) {
        answers.add(new Answer(status, body == null ? "" : body));
        answers.add(new Answer(200, "{\"SecretString\":\"s3cret\"}"));

        assertThat(requests.secret("keys")).isEqualTo("s3cret");
        assertThat(pauses).hasSize(1);
    }

    @Test
    void namesTheCallAndTheCodeOfAFailure() {
        answers.add(
                new Answer(404, "<Error><Code>NoSuchKey</Code><Message>words</Message></Error>"));
        assertFails(() -> requests.object("b", "k"), "reading s3://b/k failed: 404 NoSuchKey");

        answers.add(new Answer(400, "{\"__type\":\"AccessDeniedException\",\"message\":\"x\"}"));
        assertFails(
                () -> requests.secret("keys"),
                "reading the secret keys failed: 400 AccessDeniedException");

        answers.add(new Answer(500, ""));
        answers.add(new Answer(500, ""));
        assertFails(() -> requests.secret("keys"), "reading the secret keys failed: 500");

        answers.add(new Answer(200, "{\"SecretBinary\":\"eA==\"}"));
        assertFails(
                () -> requests.secret("keys"), "reading the secret keys failed: it holds no text");

        answers.add(new Answer(200, "x".repeat(1_000_001)));
        assertFails(
                () -> requests.object("b", "k"),
                "reading s3://b/k failed: it is larger than 1000000 bytes");

        server.stop(0);
        assertFails(
                () -> requests.object("b", "k"), "reading s3://b/k failed: there was no answer");
    }

    private static void assertFails(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOf(SignedRequestException.class)
                .hasMessage(message);
    }

    /**
     * Computes the signature anew ("Create a signed AWS API request", IAM User Guide) and compares.
     */
    private static void assertSigned(Asked request, String service, String path)
            throws GeneralSecurityException {
        Map<String, String> headers = request.headers();
        Matcher authorization = AUTHORIZATION.matcher(headers.getOrDefault("Authorization", ""));
        assertThat(authorization.matches()).isTrue();
        assertThat(authorization.group(2)).isEqualTo(service);
        assertThat(headers).containsEntry("X-Amz-Security-Token", "token");
        String signedHeaders = authorization.group(3);
        assertThat(signedHeaders.split(";"))
                .contains("host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256");

        StringBuilder canonical = new StringBuilder(request.method() + "\n" + path + "\n\n");
        for (String name : signedHeaders.split(";", -1)) {
            canonical.append(name).append(':').append(headers.get(name)).append('\n');
        }
        canonical.append('\n').append(signedHeaders).append('\n').append(sha256(request.body()));
        String date = authorization.group(1);
        String scope = date + "/eu-west-1/" + service + "/aws4_request";
        String toSign =
                "AWS4-HMAC-SHA256\n"
                        + headers.get("X-Amz-Date")
                        + "\n"
                        + scope
                        + "\n"
                        + sha256(canonical.toString());
        byte[] key = ("AWS4" + SECRET_KEY).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/", -1)) {
            key = hmac(key, part);
        }
        assertThat(authorization.group(4)).isEqualTo(HexFormat.of().formatHex(hmac(key, toSign)));
    }

    private static String sha256(String text) throws GeneralSecurityException {
        return HexFormat.of()
                .formatHex(
                        MessageDigest.getInstance("SHA-256")
                                .digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
