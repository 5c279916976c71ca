package io.holdfast.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.PartitionMetadata;
import software.amazon.awssdk.regions.Region;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The three calls of AWS that need no client of their own: an object of S3, a parameter of SSM, a
 * secret of Secrets Manager, signed by the SDK's signer (Signature Version 4).
 *
 * <p>Region, credentials and endpoints come from the same variables as {@link AwsClients}' do
 * ({@code AWS_ENDPOINT_URL_S3}, {@code AWS_ENDPOINT_URL_SSM}, {@code
 * AWS_ENDPOINT_URL_SECRETS_MANAGER}). All calls are reads, tried twice, and throw {@link
 * SignedRequestException}. Safe for several threads.
 */
public final class SignedRequests {
    /** What is read here is configuration; more than a megabyte of it is a mistake. */
    private static final int MAX_BYTES = 1_000_000;

    /**
     * Two attempts, each with a connect and a read that wait as long as they can, stay within the
     * ten seconds that Lambda gives a function to start ("Init phase", AWS Lambda Developer Guide).
     */
    private static final int ATTEMPTS = 2;

    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(1_500);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration BETWEEN = Duration.ofMillis(200);

    /** The error's code as S3 writes it in XML, or as the JSON protocols do. */
    private static final Pattern ERROR_CODE =
            Pattern.compile(
                    "<Code>(\\w{1,100})</Code>|\"__type\"\\s*:\\s*\"(?:[^\"#]*#)?(\\w{1,100})");

    private final Map<String, String> environment;
    private final Pause pause;
    private final Region region;
    private final AwsCredentialsProvider credentials;
    private final SdkHttpClient http;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

    private sealed interface Attempt {
        record Answered(String body) implements Attempt {}

        record Failed(String why, boolean again, @Nullable IOException cause) implements Attempt {}
    }

    /** Reads region, credentials and endpoints from this environment. */
    public SignedRequests(Map<String, String> environment, Pause pause) {
        this.environment = Map.copyOf(environment);
        this.pause = pause;
        this.region = Region.of(this.environment.getOrDefault("AWS_REGION", "us-east-1"));
        this.credentials = AwsClients.credentials(this.environment);
        this.http =
                UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(READ_TIMEOUT)
                        .build();
    }

    /**
     * An object's content as text (S3 {@code GetObject}), a megabyte at most.
     *
     * <p>The bucket is in the path, not in the host's name, where an endpoint is set or the name
     * has dots, which the certificates of S3 do not cover.
     */
    public String object(String bucket, String key) {
        Optional<URI> override = override("S3");
        String host = "s3." + region.id() + "." + suffix();
        boolean inPath = override.isPresent() || bucket.contains(".");
        URI endpoint =
                override.orElseGet(
                        () -> URI.create("https://" + (inPath ? "" : bucket + ".") + host));
        SdkHttpRequest request =
                SdkHttpRequest.builder()
                        .method(SdkHttpMethod.GET)
                        .uri(endpoint)
                        .encodedPath(
                                path(endpoint) + (inPath ? "/" + bucket : "") + "/" + encode(key))
                        .build();
        return call("reading s3://" + bucket + "/" + key, "s3", request, new byte[0]);
    }

    /** A parameter's value, decrypted (SSM {@code GetParameter}). */
    public String parameter(String name) {
        String what = "reading the parameter " + name;
        JsonNode answer =
                json(
                        what,
                        "ssm",
                        override("SSM"),
                        "AmazonSSM.GetParameter",
                        Json.object().put("Name", name).put("WithDecryption", true));
        return text(what, answer.path("Parameter").path("Value"));
    }

    /** A secret's current text (Secrets Manager {@code GetSecretValue}). */
    public String secret(String id) {
        String what = "reading the secret " + id;
        JsonNode answer =
                json(
                        what,
                        "secretsmanager",
                        override("SECRETS_MANAGER"),
                        "secretsmanager.GetSecretValue",
                        Json.object().put("SecretId", id));
        return text(what, answer.path("SecretString"));
    }

    private JsonNode json(
            String what, String service, Optional<URI> override, String target, ObjectNode body) {
        URI endpoint =
                override.orElseGet(
                        () ->
                                URI.create(
                                        "https://" + service + "." + region.id() + "." + suffix()));
        byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        SdkHttpRequest request =
                SdkHttpRequest.builder()
                        .method(SdkHttpMethod.POST)
                        .uri(endpoint)
                        .encodedPath(path(endpoint) + "/")
                        .putHeader("Content-Type", "application/x-amz-json-1.1")
                        .putHeader("Content-Length", Integer.toString(bytes.length))
                        .putHeader("X-Amz-Target", target)
                        .build();
        return Json.readObject(call(what, service, request, bytes))
                .orElseThrow(
                        () -> new SignedRequestException(what, "the answer is not JSON", null));
    }

    private static String text(String what, JsonNode value) {
        if (!value.isTextual()) {
            throw new SignedRequestException(what, "it holds no text", null);
        }
        return value.textValue();
    }

    private String call(String what, String service, SdkHttpRequest request, byte[] body) {
        for (int attempt = 1; ; attempt++) {
            switch (attempt(service, request, body)) {
                case Attempt.Answered(String answer) -> {
                    return answer;
                }
                case Attempt.Failed(String why, boolean again, IOException cause) -> {
                    if (!again || attempt == ATTEMPTS) {
                        throw new SignedRequestException(what, why, cause);
                    }
                    pause.pause(BETWEEN);
                }
            }
        }
    }

    private Attempt attempt(String service, SdkHttpRequest request, byte[] body) {
        ContentStreamProvider payload = ContentStreamProvider.fromByteArray(body);
        SignedRequest signed =
                signer.sign(
                        sign ->
                                sign.identity(credentials.resolveCredentials())
                                        .request(request)
                                        .payload(payload)
                                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, service)
                                        .putProperty(AwsV4HttpSigner.REGION_NAME, region.id())
                                        // A key of S3 is signed as it is sent ("Create a signed
                                        // request", IAM User Guide).
                                        .putProperty(
                                                AwsV4HttpSigner.DOUBLE_URL_ENCODE,
                                                !service.equals("s3"))
                                        .putProperty(
                                                AwsV4HttpSigner.NORMALIZE_PATH,
                                                !service.equals("s3")));
        HttpExecuteRequest.Builder execute = HttpExecuteRequest.builder().request(signed.request());
        if (body.length > 0) {
            execute.contentStreamProvider(payload);
        }
        try {
            return read(http.prepareRequest(execute.build()).call());
        } catch (IOException e) {
            return new Attempt.Failed("there was no answer", true, e);
        }
    }

    private static Attempt read(HttpExecuteResponse response) throws IOException {
        byte[] bytes = new byte[0];
        if (response.responseBody().isPresent()) {
            try (AbortableInputStream stream = response.responseBody().get()) {
                bytes = stream.readNBytes(MAX_BYTES + 1);
            }
        }
        int status = response.httpResponse().statusCode();
        String body = new String(bytes, StandardCharsets.UTF_8);
        if (status != 200) {
            Matcher code = ERROR_CODE.matcher(body);
            String name = !code.find() ? "" : code.group(1) != null ? code.group(1) : code.group(2);
            boolean again =
                    status >= 500
                            || status == 429
                            || name.toLowerCase(Locale.ROOT).contains("throttl");
            return new Attempt.Failed((status + " " + name).strip(), again, null);
        }
        return bytes.length > MAX_BYTES
                ? new Attempt.Failed("it is larger than " + MAX_BYTES + " bytes", false, null)
                : new Attempt.Answered(body);
    }

    private Optional<URI> override(String service) {
        return Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_" + service)).map(URI::create);
    }

    private static String path(URI endpoint) {
        String path = Objects.requireNonNullElse(endpoint.getRawPath(), "");
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private String suffix() {
        return PartitionMetadata.of(region).dnsSuffix();
    }

    /** Encodes all but the unreserved characters of RFC 3986 and the slash. */
    private static String encode(String key) {
        return URLEncoder.encode(key, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~")
                .replace("%2F", "/");
    }
}
