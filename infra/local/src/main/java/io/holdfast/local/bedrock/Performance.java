package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.bedrock.ConverseRequest.Message;
import io.holdfast.local.bedrock.ConverseRequest.Role;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The scripted model obeying the lines of one step. */
final class Performance {
    /** As long as a Lambda function may run: whoever waits is gone by then. */
    private static final Duration HANG = Duration.ofMinutes(15);

    private final ConverseRequest request;
    private final List<Message> earlier;
    private final Speaker speaker;
    private final FailureCounts failures;
    private final Supplier<String> toolUseIds;

    /**
     * A performance.
     *
     * @param earlier the messages before the one that is obeyed
     */
    Performance(
            ConverseRequest request,
            List<Message> earlier,
            Speaker speaker,
            FailureCounts failures,
            Supplier<String> toolUseIds) {
        this.request = request;
        this.earlier = earlier;
        this.speaker = speaker;
        this.failures = failures;
        this.toolUseIds = toolUseIds;
    }

    StopReason perform(List<Script.Line> lines)
            throws ModelFailure, ConnectionDropped, ClientGone, InterruptedException {
        List<Script.Use> calls = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            switch (lines.get(i)) {
                case Script.Say(String text) -> speaker.say("You said: " + text);
                case Script.Count(int to, Duration pause) -> speaker.count(to, pause);
                case Script.Think() -> speaker.think();
                case Script.Recall() -> speaker.say(recall());
                case Script.Show(Script.Part part) -> speaker.say(show(part));
                case Script.Use use -> calls.add(use);
                case Script.Fail(Failing how, int times) -> fail(how, i, times);
                case Script.Refuse(boolean filtered) -> {
                    return refuse(filtered);
                }
                case Script.CutOff(int after) -> {
                    speaker.count(after);
                    return StopReason.MAX_TOKENS;
                }
                case Script.Hang(int after) -> {
                    speaker.count(after);
                    hang();
                }
                case Script.Drop(int after) -> {
                    speaker.count(after);
                    throw new ConnectionDropped();
                }
            }
        }
        for (Script.Use call : calls) {
            speaker.use(toolUseIds.get(), call.name(), call.input());
        }
        return calls.isEmpty() ? StopReason.END_TURN : StopReason.TOOL_USE;
    }

    private void fail(Failing how, int line, int times)
            throws ModelFailure, ClientGone, InterruptedException {
        if (failures.failsAgain(request, line, times)) {
            speaker.count(how.tokensBefore);
            throw new ModelFailure(how.fault, how.message);
        }
        speaker.say("recovered");
    }

    private StopReason refuse(boolean filtered) throws ClientGone, InterruptedException {
        if (filtered) {
            return StopReason.CONTENT_FILTERED;
        }
        speaker.say("Sorry, the model cannot answer this question.");
        return StopReason.GUARDRAIL_INTERVENED;
    }

    private void hang() throws ModelFailure, ClientGone, InterruptedException {
        speaker.hush(HANG);
        throw new ModelFailure(Failing.TIMEOUT.fault, Failing.TIMEOUT.message);
    }

    private String recall() {
        String texts =
                earlier.stream()
                        .filter(message -> message.role() == Role.USER)
                        .map(ScriptModel::textOf)
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(" | "));
        return texts.isEmpty() ? "nothing" : texts;
    }

    private String show(Script.Part part) {
        return switch (part) {
            case SYSTEM -> orElse(String.join("\n", request.system()), "no system");
            case TOOLS -> orElse(tools(), "no tools");
            case MODEL ->
                    request.modelId()
                            + shown("inferenceConfig")
                            + shown("additionalModelRequestFields");
        };
    }

    private String tools() {
        return request.tools().stream()
                .map(
                        tool ->
                                tool.description() == null
                                        ? tool.name()
                                        : tool.name() + ": " + tool.description())
                .collect(Collectors.joining("\n"));
    }

    private String shown(String field) {
        JsonNode value = request.body().path(field);
        return value.isObject() ? "\n" + field + " " + value : "";
    }

    private static String orElse(String text, String otherwise) {
        return text.isEmpty() ? otherwise : text;
    }
}
