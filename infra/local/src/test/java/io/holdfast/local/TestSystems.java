package io.holdfast.local;

import io.holdfast.local.template.Pseudo;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.scheduler.SchedulerClient;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Starts the system for tests: the repository's template, on a free port. */
public final class TestSystems {
    /** The repository; Maven runs a module's tests in the module's folder. */
    public static final Path ROOT =
            Path.of(System.getProperty("basedir", "."), "..", "..").toAbsolutePath().normalize();

    private TestSystems() {}

    /** A client of the scheduler. */
    static SchedulerClient scheduler(URI endpoint) {
        return SchedulerClient.builder()
                .endpointOverride(endpoint)
                .region(Region.of(Pseudo.REGION))
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    /** Starts it with more variables than {@code HOLDFAST_PORT=0}. */
    public static LocalSystem start(Map<String, String> variables) {
        Map<String, String> environment = new HashMap<>(Map.of("HOLDFAST_PORT", "0"));
        environment.putAll(variables);
        return LocalSystem.start(LocalSettings.fromEnvironment(environment, ROOT));
    }
}
