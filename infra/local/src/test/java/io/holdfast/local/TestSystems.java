package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.template.Pseudo;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.scheduler.SchedulerClient;
import software.amazon.awssdk.services.scheduler.model.ScheduleSummary;
import software.amazon.awssdk.services.sqs.SqsClient;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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

    /**
     * The variables with which the SDK's clients reach services.
     *
     * @param endpoints by the names of {@code GET /local/endpoints}
     */
    public static Map<String, String> environment(Map<String, URI> endpoints) {
        Map<String, String> environment = new HashMap<>();
        environment.put("AWS_REGION", Pseudo.REGION);
        environment.put("AWS_ACCESS_KEY_ID", "local");
        environment.put("AWS_SECRET_ACCESS_KEY", "local");
        Map.of(
                        "dynamodb", "AWS_ENDPOINT_URL_DYNAMODB",
                        "states", "AWS_ENDPOINT_URL_SFN",
                        "sqs", "AWS_ENDPOINT_URL_SQS",
                        "scheduler", "AWS_ENDPOINT_URL_SCHEDULER")
                .forEach(
                        (service, variable) -> {
                            URI url = endpoints.get(service);
                            if (url != null) {
                                environment.put(variable, url.toString());
                            }
                        });
        return environment;
    }

    /** A client of the queues. */
    public static SqsClient sqs(URI endpoint) {
        return LocalClients.sqs(endpoint);
    }

    /** Starts it with more variables than {@code HOLDFAST_PORT=0}. */
    public static LocalSystem start(Map<String, String> variables) {
        Map<String, String> environment = new HashMap<>(Map.of("HOLDFAST_PORT", "0"));
        environment.putAll(variables);
        return LocalSystem.start(LocalSettings.fromEnvironment(environment, ROOT));
    }

    /**
     * Starts it without the template's schedules: a test that sweeps itself finds what is due,
     * which the system's own sweeper would have put off by a minute.
     */
    public static LocalSystem startUnswept() {
        LocalSystem system = start(Map.of());
        try (SchedulerClient scheduler =
                scheduler(Objects.requireNonNull(system.endpoints().get("scheduler")))) {
            List<ScheduleSummary> schedules = scheduler.listSchedules(request -> {}).schedules();
            assertThat(schedules)
                    .extracting(ScheduleSummary::name)
                    .anyMatch(n -> n.contains("Sweep"));
            for (ScheduleSummary one : schedules) {
                scheduler.deleteSchedule(
                        request -> request.name(one.name()).groupName(one.groupName()));
            }
        }
        return system;
    }
}
