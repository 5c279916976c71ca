package io.holdfast.local.bedrock;

import io.holdfast.local.bedrock.ConverseRequest.Message;
import io.holdfast.local.bedrock.ConverseRequest.Role;
import io.holdfast.local.bedrock.ConverseRequest.Text;
import io.holdfast.local.bedrock.ConverseRequest.ToolUse;

import java.security.SecureRandom;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A model that obeys the last user text, line by line, so that every behaviour can be rehearsed.
 * Capitals do not matter. A token is one {@code contentBlockDelta}; tokens are 10 ms apart unless
 * said. What two lines say is divided by a line break.
 *
 * <p><b>To say something</b>
 *
 * <ul>
 *   <li>{@code count to N [every M ms]}: the numbers {@code 1 2 3 …}, one token each; N up to
 *       100,000, M up to 60,000
 *   <li>{@code recall}: every earlier user text of the conversation, joined by {@code " | "}, or
 *       {@code nothing}
 *   <li>{@code show system}: the system texts, one a line, or {@code no system}
 *   <li>{@code show tools}: a line {@code NAME: DESCRIPTION} for each tool, or {@code no tools}
 *   <li>{@code show model}: the model id; then {@code inferenceConfig} and {@code
 *       additionalModelRequestFields} as compact JSON, a line each, if the request has them
 *   <li>{@code think first}: reasoning and its signature, before the lines that follow
 *   <li>anything else: {@code You said: TEXT}, word by word (a long text in 200 tokens). Plain
 *       lines that follow one another are one TEXT
 * </ul>
 *
 * <p><b>To use tools</b>
 *
 * <ul>
 *   <li>{@code use NAME {json}}: asks for the tool, after all other lines of its step. Several such
 *       lines are several calls of one step. The JSON goes out as it is written, even if it is
 *       malformed. Without it the input is a single empty delta, as real models send it for a call
 *       without arguments; it means {@code {}}
 *   <li>with the results in hand, a line {@code NAME said: RESULT} or {@code NAME failed: RESULT}
 *       for each call, in the calls' order
 *   <li>{@code then}, below a {@code use}: the lines after it are the next step, obeyed after those
 *       results
 * </ul>
 *
 * <p><b>To go wrong.</b> A failure that is the first line is an HTTP error; below a line that says
 * something it is an exception within the stream.
 *
 * <ul>
 *   <li>{@code fail WAY [K times]}: fails K requests (the SDK's own retries are requests too), then
 *       says {@code recovered}; without K it fails always. Failures are counted for each
 *       conversation: the messages and the {@code requestMetadata}. Ways: {@code throttled}, {@code
 *       unavailable}, {@code internal}, {@code timeout}, {@code access}, {@code missing}, {@code
 *       validation}, {@code context} (the input is too long), {@code midstream} (after five tokens)
 *   <li>{@code refuse}: a guardrail's words, stop reason {@code guardrail_intervened}; {@code
 *       refuse filtered}: nothing, stop reason {@code content_filtered}
 *   <li>{@code cut off after N}: N tokens, stop reason {@code max_tokens}
 *   <li>{@code hang [after N]}: N tokens, then silence until the client leaves, or for 15 minutes;
 *       without N only the message's start is sent
 *   <li>{@code drop [after N]}: N tokens, then the connection is closed without the stream's end
 * </ul>
 *
 * <p>The last user text is that of the last user message that has text; a message of tool results
 * alone goes on with the text before it.
 */
public final class ScriptModel implements ModelBackend {
    private final Pacer pacer;
    private final Supplier<String> toolUseIds;
    private final FailureCounts failures = new FailureCounts();

    /** A model that pauses by the clock and makes random ids. */
    public ScriptModel() {
        this(Pacer.realTime(), randomIds(new SecureRandom()));
    }

    /**
     * A model with the given pauses and ids.
     *
     * @param toolUseIds never the same one twice
     */
    public ScriptModel(Pacer pacer, Supplier<String> toolUseIds) {
        this.pacer = pacer;
        this.toolUseIds = toolUseIds;
    }

    /** Ids as Bedrock makes them: {@code tooluse_} and 22 letters or digits. */
    static Supplier<String> randomIds(RandomGenerator random) {
        String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        return () -> {
            StringBuilder id = new StringBuilder("tooluse_");
            random.ints(22, 0, alphabet.length()).forEach(i -> id.append(alphabet.charAt(i)));
            return id.toString();
        };
    }

    @Override
    public StopReason answer(ConverseRequest request, AnswerWriter answer)
            throws ModelFailure, ConnectionDropped, ClientGone, InterruptedException {
        List<Message> messages = request.messages();
        int current = lastWithText(messages);
        String text = current < 0 ? "" : textOf(messages.get(current));
        List<Message> since = messages.subList(current + 1, messages.size());
        int step = (int) since.stream().filter(m -> !m.blocks(ToolUse.class).isEmpty()).count();
        Speaker speaker = new Speaker(answer, pacer);
        if (step > 0) {
            speaker.say(ToolReport.of(since.get(since.size() - 2), since.getLast()));
        }
        List<List<Script.Line>> steps = Script.steps(text);
        List<Script.Line> lines = step < steps.size() ? steps.get(step) : List.of();
        List<Message> earlier = messages.subList(0, Math.max(current, 0));
        StopReason reason =
                new Performance(request, earlier, speaker, failures, toolUseIds).perform(lines);
        failures.forget(request);
        return reason;
    }

    /** The texts of a message, one a line. */
    static String textOf(Message message) {
        return String.join("\n", message.blocks(Text.class).stream().map(Text::text).toList());
    }

    private static int lastWithText(List<Message> messages) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            Message message = messages.get(i);
            if (message.role() == Role.USER && !message.blocks(Text.class).isEmpty()) {
                return i;
            }
        }
        return -1;
    }
}
