package io.holdfast.local.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

class TemplateTest {

    @Test
    void readsAFunctionWithItsGlobals() {
        Model model =
                Templates.model(
                        """
                        Globals:
                          Function:
                            Runtime: java25
                            Timeout: 7
                            MemorySize: 512
                            Environment: {Variables: {SHARED: s, BOTH: global}}
                        Resources:
                          One:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.One::handleRequest
                              Timeout: 9
                              ReservedConcurrentExecutions: 4
                              EventInvokeConfig: {MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 90}
                              DeadLetterQueue: {Type: SQS, TargetArn: "arn:aws:sqs:us-east-1:000000000000:dead"}
                              Environment: {Variables: {BOTH: own}}
                        """);

        assertThat(model.warnings()).isEmpty();
        assertThat(model.resources())
                .containsExactly(
                        new Resource.Function(
                                "One",
                                "One",
                                "sample.One::handleRequest",
                                Map.of("SHARED", "s", "BOTH", "own"),
                                Duration.ofSeconds(9),
                                512,
                                Optional.of(4),
                                new Resource.Function.Unattended(
                                        1,
                                        Duration.ofSeconds(90),
                                        Optional.of("arn:aws:sqs:us-east-1:000000000000:dead"))));
    }

    @Test
    void readsATableWithIndexesAndTimeToLive() {
        Model model =
                Templates.model(
                        """
                        Resources:
                          Things:
                            Type: AWS::DynamoDB::Table
                            Properties:
                              BillingMode: PAY_PER_REQUEST
                              AttributeDefinitions:
                                - {AttributeName: pk, AttributeType: S}
                                - {AttributeName: at, AttributeType: N}
                              KeySchema:
                                - {AttributeName: pk, KeyType: HASH}
                                - {AttributeName: at, KeyType: RANGE}
                              GlobalSecondaryIndexes:
                                - IndexName: by-at
                                  KeySchema: [{AttributeName: at, KeyType: HASH}]
                                  Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [title]}
                              TimeToLiveSpecification: {AttributeName: end, Enabled: true}
                        """);

        assertThat(model.warnings()).isEmpty();
        assertThat(model.all(Resource.Table.class))
                .containsExactly(
                        new Resource.Table(
                                "Things",
                                "Things",
                                Map.of("pk", "S", "at", "N"),
                                new Resource.Table.Key("pk", Optional.of("at")),
                                List.of(
                                        new Resource.Table.Index(
                                                "by-at",
                                                new Resource.Table.Key("at", Optional.empty()),
                                                "INCLUDE",
                                                List.of("title"))),
                                List.of(),
                                Optional.of("end")));
    }

    @Test
    void readsQueuesMappingsAndSchedulesFromEventsAndFromResources() {
        Model model =
                Templates.model(
                        """
                        Resources:
                          Worker:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.Worker
                              Events:
                                Jobs:
                                  Type: SQS
                                  Properties:
                                    Queue: !GetAtt Jobs.Arn
                                    BatchSize: 5
                                    FunctionResponseTypes: [ReportBatchItemFailures]
                                    ScalingConfig: {MaximumConcurrency: 2}
                                Often:
                                  Type: Schedule
                                  Properties: {Schedule: rate(1 minute), Input: '{"a":1}'}
                                Nightly:
                                  Type: ScheduleV2
                                  Properties:
                                    ScheduleExpression: cron(0 3 * * ? *)
                                    ScheduleExpressionTimezone: Europe/Berlin
                                    State: DISABLED
                          Jobs:
                            Type: AWS::SQS::Queue
                            Properties:
                              VisibilityTimeout: 60
                              RedrivePolicy:
                                deadLetterTargetArn: !GetAtt Dead.Arn
                                maxReceiveCount: 3
                          Dead:
                            Type: AWS::SQS::Queue
                          Second:
                            Type: AWS::Lambda::EventSourceMapping
                            Properties:
                              EventSourceArn: !GetAtt Dead.Arn
                              FunctionName: !GetAtt Worker.Arn
                              MaximumBatchingWindowInSeconds: 2
                              Enabled: false
                          Later:
                            Type: AWS::Scheduler::Schedule
                            Properties:
                              ScheduleExpression: at(2030-01-01T00:00:00)
                              FlexibleTimeWindow: {Mode: "OFF"}
                              Target: {Arn: !GetAtt Jobs.Arn, RoleArn: r, Input: hello}
                        """);

        assertThat(model.warnings()).isEmpty();
        assertThat(model.all(Resource.EventSourceMapping.class))
                .containsExactlyInAnyOrder(
                        new Resource.EventSourceMapping(
                                "WorkerJobs", "Jobs", "Worker", 5, Duration.ZERO, true, 2, true),
                        new Resource.EventSourceMapping(
                                "Second",
                                "Dead",
                                "Worker",
                                10,
                                Duration.ofSeconds(2),
                                false,
                                5,
                                false));
        assertThat(model.all(Resource.Queue.class).getFirst().deadLetter())
                .contains(new Resource.Queue.DeadLetter("Dead", 3));
        String worker = Pseudo.arn("lambda", "function:Worker");
        assertThat(model.all(Resource.Schedule.class))
                .containsExactlyInAnyOrder(
                        new Resource.Schedule(
                                "WorkerOften",
                                "default",
                                "WorkerOften",
                                "rate(1 minute)",
                                "UTC",
                                true,
                                worker,
                                Optional.of("{\"a\":1}")),
                        new Resource.Schedule(
                                "WorkerNightly",
                                "default",
                                "WorkerNightly",
                                "cron(0 3 * * ? *)",
                                "Europe/Berlin",
                                false,
                                worker,
                                Optional.empty()),
                        new Resource.Schedule(
                                "Later",
                                "default",
                                "Later",
                                "at(2030-01-01T00:00:00)",
                                "UTC",
                                true,
                                Pseudo.arn("sqs", "Jobs"),
                                Optional.of("hello")));
    }

    @Test
    void putsApisTogetherFromTheirParts() {
        Model model =
                Templates.model(
                        """
                        Resources:
                          Socket:
                            Type: AWS::ApiGatewayV2::Api
                            Properties:
                              Name: s
                              ProtocolType: WEBSOCKET
                              RouteSelectionExpression: $request.body.type
                          Live:
                            Type: AWS::ApiGatewayV2::Stage
                            Properties: {ApiId: !Ref Socket, StageName: live, AutoDeploy: true}
                          ToOne:
                            Type: AWS::ApiGatewayV2::Integration
                            Properties:
                              ApiId: !Ref Socket
                              IntegrationType: AWS_PROXY
                              IntegrationUri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${One.Arn}/invocations
                          Connect:
                            Type: AWS::ApiGatewayV2::Route
                            Properties:
                              ApiId: !Ref Socket
                              RouteKey: $connect
                              Target: !Sub integrations/${ToOne}
                          Http:
                            Type: AWS::Serverless::HttpApi
                            Properties:
                              CorsConfiguration: {AllowOrigins: ["*"], MaxAge: 60}
                          One:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.One
                              Events:
                                Get:
                                  Type: HttpApi
                                  Properties: {ApiId: !Ref Http, Method: get, Path: "/x/{id}"}
                        """);

        assertThat(model.warnings()).isEmpty();
        assertThat(model.all(Resource.WebSocketApi.class))
                .containsExactly(
                        new Resource.WebSocketApi(
                                "Socket", "live", "$request.body.type", Map.of("$connect", "One")));
        assertThat(model.all(Resource.HttpApi.class))
                .containsExactly(
                        new Resource.HttpApi(
                                "Http",
                                "$default",
                                List.of(new Resource.HttpApi.Route("GET", "/x/{id}", "One")),
                                new Resource.HttpApi.Cors(
                                        List.of("*"),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        false,
                                        Duration.ofSeconds(60))));
    }

    @Test
    void substitutesInAStateMachinesDefinition(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("m.json"), "{\"Resource\":\"${FnArn}\"}");
        String text =
                """
                Resources:
                  One: {Type: AWS::Serverless::Function, Properties: {Handler: sample.One}}
                  Machine:
                    Type: AWS::Serverless::StateMachine
                    Properties:
                      DefinitionUri: m.json
                      DefinitionSubstitutions: {%s: !GetAtt One.Arn}
                """;

        assertThat(
                        Template.parse(
                                        "template.yaml",
                                        text.formatted("FnArn"),
                                        folder,
                                        Map.of(),
                                        Map.of())
                                .model(Templates.HERE)
                                .all(Resource.StateMachine.class))
                .containsExactly(
                        new Resource.StateMachine(
                                "Machine",
                                "Machine",
                                "{\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:One\"}"));
        assertThatThrownBy(
                        () ->
                                Template.parse(
                                                "template.yaml",
                                                text.formatted("Other"),
                                                folder,
                                                Map.of(),
                                                Map.of())
                                        .model(Templates.HERE))
                .hasMessageContaining("has no value for ${FnArn} of the definition");
    }

    @Test
    void warnsOfWhatItDoesNotUnderstand() {
        Model model =
                Templates.model(
                        """
                        Resources:
                          One:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.One
                              SnapStart: {ApplyOn: PublishedVersions}
                              VpcConfig: {SecurityGroupIds: [!GetAtt Group.GroupId]}
                              Policies: [{Statement: [{Resource: !Ref Topic}]}]
                          Group: {Type: AWS::EC2::SecurityGroup}
                          Topic: {Type: AWS::SNS::Topic}
                          Jobs:
                            Type: AWS::SQS::Queue
                            Properties:
                              RedrivePolicy:
                                deadLetterTargetArn: !GetAtt Jobs.Arn
                                maxReceives: 3
                        """);

        assertThat(model.warnings())
                .containsExactly(
                        "template.yaml: Topic (AWS::SNS::Topic) is not understood here and does not"
                                + " run",
                        "template.yaml: One.Properties.SnapStart is not understood here and has no"
                                + " effect",
                        "template.yaml: Jobs.Properties.RedrivePolicy.maxReceives is not"
                                + " understood here and has no effect");
    }

    @ParameterizedTest
    @MethodSource("bad")
    void refusesWithItsPlace(String text, String message) {
        assertThatThrownBy(() -> Templates.model(text))
                .isInstanceOf(TemplateException.class)
                .hasMessage(message);
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                argumentSet("an empty file", "", "template.yaml: is empty"),
                argumentSet("no resources", "A: 1", "template.yaml: needs Resources"),
                argumentSet("a list", "- 1", "template.yaml: a template is a map of sections"),
                argumentSet(
                        "not YAML",
                        "Resources:\n  A: [1,\n",
                        "template.yaml:3: is not YAML: expected the node content, but found"
                                + " '<stream end>'"),
                argumentSet(
                        "a key twice",
                        "Resources:\n  A: {Type: X}\n  A: {Type: X}\n",
                        "template.yaml:3: A: stands here twice"),
                argumentSet(
                        "an unknown tag",
                        "Resources:\n  A: !Reff B\n",
                        "template.yaml:2: A: !Reff is not an intrinsic function"),
                argumentSet(
                        "a missing value",
                        "Resources:\n  A:\n    Type:\n",
                        "template.yaml:3: A.Type: has no value"),
                argumentSet(
                        "no type",
                        "Resources:\n  A: {Properties: {}}\n",
                        "template.yaml:2: A: needs a Type"),
                argumentSet(
                        "a function that depends on what is not understood",
                        """
                        Resources:
                          Topic: {Type: AWS::SNS::Topic}
                          One:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.One
                              Environment: {Variables: {TOPIC: !Ref Topic}}
                        """,
                        "template.yaml:7: One.Properties.Environment.Variables.TOPIC: depends on"
                                + " Topic, and AWS::SNS::Topic is not understood here"),
                argumentSet(
                        "an event source that is not understood",
                        """
                        Resources:
                          One:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.One
                              Events:
                                Topic: {Type: SNS, Properties: {Topic: x}}
                        """,
                        "template.yaml:7: One.Properties.Events.Topic.Type: SNS is not understood"
                                + " here as an event's source"),
                argumentSet(
                        "a dangling name where nothing is evaluated",
                        """
                        Resources:
                          One:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: sample.One
                              Policies:
                                - DynamoDBReadPolicy: {TableName: !Ref Gone}
                        """,
                        "template.yaml:7:"
                                + " One.Properties.Policies.0.DynamoDBReadPolicy.TableName: Gone is"
                                + " neither a parameter nor a resource"),
                argumentSet(
                        "a dangling DependsOn",
                        "Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: [B]}\n",
                        "template.yaml:2: A.DependsOn: B is neither a parameter nor a resource"),
                argumentSet(
                        "no handler",
                        "Resources:\n  A: {Type: AWS::Serverless::Function}\n",
                        "template.yaml:2: A.Properties: needs Handler"),
                argumentSet(
                        "a timeout that Lambda does not allow",
                        """
                        Resources:
                          A:
                            Type: AWS::Serverless::Function
                            Properties: {Handler: a.B, Timeout: 901}
                        """,
                        "template.yaml:4: A.Properties.Timeout: is 901 but must be 1 to 900"),
                argumentSet(
                        "a variable that Lambda reserves",
                        """
                        Resources:
                          A:
                            Type: AWS::Serverless::Function
                            Properties:
                              Handler: a.B
                              Environment: {Variables: {AWS_REGION: x}}
                        """,
                        "template.yaml:6: A.Properties.Environment.Variables.AWS_REGION: is set by"
                                + " Lambda itself"),
                argumentSet(
                        "a runtime that does not run here",
                        """
                        Resources:
                          A:
                            Type: AWS::Serverless::Function
                            Properties: {Handler: a.B, Runtime: python3.13}
                        """,
                        "template.yaml:4: A.Properties.Runtime: only Java functions run here, and"
                                + " this one is python3.13"),
                argumentSet(
                        "a queue's name without its ending",
                        """
                        Resources:
                          A:
                            Type: AWS::SQS::Queue
                            Properties: {FifoQueue: true, QueueName: jobs}
                        """,
                        "template.yaml:4: A.Properties.QueueName: ends in .fifo if, and only if,"
                                + " FifoQueue is true"),
                argumentSet(
                        "a big batch without a window",
                        """
                        Resources:
                          A: {Type: AWS::SQS::Queue}
                          M:
                            Type: AWS::Lambda::EventSourceMapping
                            Properties:
                              {EventSourceArn: !GetAtt A.Arn, FunctionName: f, BatchSize: 11}
                        """,
                        "template.yaml:6: M.Properties.BatchSize: over 10 needs a"
                                + " MaximumBatchingWindowInSeconds of 1 or more"),
                argumentSet(
                        "a route to nowhere",
                        """
                        Resources:
                          Api:
                            Type: AWS::ApiGatewayV2::Api
                            Properties: {Name: a, ProtocolType: HTTP}
                          R:
                            Type: AWS::ApiGatewayV2::Route
                            Properties: {ApiId: !Ref Api, RouteKey: GET /, Target: integrations/x}
                        """,
                        "template.yaml:7: R.Properties.Target: must be integrations/ and an"
                                + " integration's id"),
                argumentSet(
                        "a name made of itself",
                        """
                        Resources:
                          A:
                            Type: AWS::SQS::Queue
                            Properties: {QueueName: !Sub "${A.QueueName}-2"}
                        """,
                        "template.yaml:4: A.Properties.QueueName: depends on itself"));
    }

    @Test
    void leavesOutAFunctionWhoseConditionDoesNotHoldAndWhatPointsToIt() {
        String text =
                """
                Parameters:
                  Arns: {Type: CommaDelimitedList, Default: ""}
                  Rehearsal: {Type: String, Default: "%s"}
                Conditions:
                  HasArns: !Not [!Equals [!Join ["", !Ref Arns], ""]]
                  IsRehearsal: !Equals [!Ref Rehearsal, "true"]
                Resources:
                  One:
                    Type: AWS::Serverless::Function
                    Properties:
                      Handler: sample.One
                      Environment:
                        Variables:
                          TWO: !If [IsRehearsal, !Ref Two, ""]
                          ARN: !If [IsRehearsal, !GetAtt Two.Arn, !Ref AWS::NoValue]
                      Policies:
                        - !If [HasArns, !Ref Reads, !Ref AWS::NoValue]
                        - Statement:
                            - !If
                              - HasArns
                              - {Effect: Allow, Action: "a:B", Resource: !Ref Arns}
                              - !Ref AWS::NoValue
                  Two:
                    Type: AWS::Serverless::Function
                    Condition: IsRehearsal
                    Properties: {Handler: sample.Two}
                  Reads:
                    Type: AWS::IAM::ManagedPolicy
                    Condition: HasArns
                    Properties: {PolicyDocument: {Statement: [{Resource: !Ref Arns}]}}
                """;

        Model without = Templates.model(text.formatted("false"));
        Model with = Templates.model(text.formatted("true"));

        assertThat(without.warnings()).isEmpty();
        assertThat(without.all(Resource.Function.class))
                .extracting(Resource.Function::name, Resource.Function::environment)
                .containsExactly(tuple("One", Map.of("TWO", "")));
        assertThat(with.warnings()).isEmpty();
        assertThat(with.all(Resource.Function.class))
                .extracting(Resource.Function::name, Resource.Function::environment)
                .containsExactly(
                        tuple(
                                "One",
                                Map.of(
                                        "TWO",
                                        "Two",
                                        "ARN",
                                        "arn:aws:lambda:us-east-1:000000000000:function:Two")),
                        tuple("Two", Map.of()));
    }

    @Test
    void readsTheTemplateOfThisRepository() {
        Model model = repository(Map.of());

        assertThat(model.warnings()).isEmpty();
        assertThat(model.all(Resource.Function.class))
                .extracting(Resource.Function::name)
                .contains("SocketFunction", "TurnFunction", "ApiFunction")
                .doesNotContain("SumFunction");
        assertThat(variables(model, "TurnFunction"))
                .containsEntry("SUM_FUNCTION", "")
                .containsEntry(
                        "ASSISTANTS_CONFIG", "classpath:io/holdfast/assistant/assistants.yaml");
    }

    @Test
    void readsTheTemplateOfThisRepositoryWithEverythingThatIsOptional() {
        Model model =
                repository(
                        Map.of(
                                "AssistantsConfig", "s3://bucket/a/assistants.yaml",
                                "ToolFunctionArns", "arn:one,arn:two",
                                "SecretArns", "arn:three",
                                "JwtRolesClaim", "groups",
                                "Rehearsal", "true"));

        assertThat(model.warnings()).isEmpty();
        assertThat(variables(model, "TurnFunction")).containsEntry("SUM_FUNCTION", "SumFunction");
        assertThat(variables(model, "SumFunction")).isNotEmpty();
        for (String door : List.of("SocketFunction", "ApiFunction")) {
            assertThat(variables(model, door))
                    .containsEntry("JWT_ROLES_CLAIM", "groups")
                    .containsEntry("ASSISTANTS_CONFIG", "s3://bucket/a/assistants.yaml")
                    .containsKeys("MODEL_ID", "SYSTEM_PROMPT", "MAX_OUTPUT_TOKENS");
        }
        assertThat(model.all(Resource.HttpApi.class).getFirst().routes())
                .contains(
                        new Resource.HttpApi.Route(
                                "POST", "/turns/{turnId}/approvals/{approvalId}", "ApiFunction"),
                        new Resource.HttpApi.Route(
                                "GET", "/turns/{turnId}/calls/{toolCallId}", "ApiFunction"));
    }

    private static Map<String, String> variables(Model model, String function) {
        return model.all(Resource.Function.class).stream()
                .filter(candidate -> candidate.name().equals(function))
                .findFirst()
                .orElseThrow()
                .environment();
    }

    private static Model repository(Map<String, String> parameters) {
        Path root =
                Path.of(System.getProperty("basedir", "."), "..", "..")
                        .toAbsolutePath()
                        .normalize();
        Map<String, String> all =
                new HashMap<>(
                        Map.of(
                                "VpcId", "v",
                                "SubnetIds", "a,b",
                                "JwtIssuer", "https://issuer",
                                "JwtJwksUrl", "https://issuer/jwks"));
        all.putAll(parameters);
        return Template.parse(root.resolve("template.yaml"), all, Map.of()).model(Templates.HERE);
    }
}
