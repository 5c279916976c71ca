package io.holdfast.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OnBusy;
import io.holdfast.assistant.Wish;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.PageContext;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnOptions;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decodes what clients send: the frames of the AI SDK's {@code WebSocketChatTransport} (npm {@code
 * ai} 7, {@code src/ui/websocket-chat-transport.ts}), {@code watch} and {@code ping}.
 */
final class FrameDecoder {
    /** A reason is a sentence for the model. */
    static final int MAX_REASON = 1_000;

    private final MessageRules rules;

    /** Refuses user messages that are against the rules. */
    FrameDecoder(MessageRules rules) {
        this.rules = rules;
    }

    /** What a text turned out to be. */
    sealed interface Decoded {
        /** A frame. */
        record Valid(ClientFrame frame) implements Decoded {}

        /**
         * No frame.
         *
         * @param requestId the frame's, empty if it has none
         * @param reason what is wrong and what to do, for the client
         */
        record Invalid(String requestId, String reason) implements Decoded {}
    }

    Decoded decode(String text) {
        Optional<ObjectNode> json = Json.readObject(text);
        if (json.isEmpty()) {
            return new Decoded.Invalid("", "The frame is not a JSON object that can be read.");
        }
        ObjectNode frame = json.get();
        try {
            return new Decoded.Valid(frame(frame));
        } catch (Refused refused) {
            return new Decoded.Invalid(frame.path("requestId").asText(""), refused.reason);
        }
    }

    private ClientFrame frame(ObjectNode frame) {
        String type = string(frame, "type");
        return switch (type) {
            case "send" -> send(frame);
            case "resume" ->
                    new ClientFrame.Resume(
                            request(frame),
                            session(frame),
                            lastSequence(frame),
                            turn(frame),
                            base(frame));
            case "abort" -> new ClientFrame.Abort(request(frame));
            case "watch" -> new ClientFrame.Watch(request(frame), session(frame));
            case "ping" -> new ClientFrame.Ping(request(frame));
            default ->
                    throw new Refused(
                            "The frame's type must be send, resume, abort, watch or ping.");
        };
    }

    private ClientFrame send(ObjectNode frame) {
        RequestId request = request(frame);
        SessionId session = session(frame);
        String trigger = string(frame, "trigger");
        MessageId messageId = optionalMessageId(frame);
        JsonNode messages = frame.path("messages");
        require(messages.isArray(), "messages must be an array.");
        Optional<UiMessage> last =
                messages.isEmpty()
                        ? Optional.empty()
                        : Optional.of(message(messages, messages.size() - 1));
        if (trigger.equals("submit-message") && last.filter(FrameDecoder::isAnswer).isPresent()) {
            return new ClientFrame.Answer(request, session, answers(last.get()));
        }
        UiMessage question =
                last.filter(message -> message.role() == UiMessage.Role.USER).orElse(null);
        if (question != null) {
            checkUserMessage(question);
        }
        TurnInput input =
                switch (trigger) {
                    case "submit-message" -> {
                        if (question == null) {
                            throw new Refused(
                                    "The last of messages must be the user's (role must be user),"
                                            + " or the assistant's with an answer to an approval.");
                        }
                        require(
                                messageId == null || messageId.equals(question.id()),
                                "messageId must be that of the last of messages: it is edited.");
                        yield messageId == null
                                ? new TurnInput.Message(question)
                                : new TurnInput.Edit(question);
                    }
                    case "regenerate-message" -> new TurnInput.Regenerate(question, messageId);
                    default ->
                            throw new Refused(
                                    "trigger must be submit-message or regenerate-message.");
                };
        return new ClientFrame.Send(request, session, input, wish(frame), options(frame));
    }

    private static TurnOptions options(ObjectNode frame) {
        return switch (OnBusy.ofBody(frame.path("body"))) {
            case OnBusy.Read.Valid(OnBusy onBusy) ->
                    withPage(TurnOptions.DEFAULT.with(onBusy), frame.path("body"));
            case OnBusy.Read.Invalid(String reason) -> throw new Refused("body." + reason + ".");
        };
    }

    private static TurnOptions withPage(TurnOptions options, JsonNode body) {
        return switch (PageContext.read(body.path("context"))) {
            case PageContext.Read.None() -> options;
            case PageContext.Read.Valid(PageContext page) -> options.with(page);
            case PageContext.Read.Invalid(String reason) ->
                    throw new Refused("body." + reason + ".");
        };
    }

    private static Wish wish(ObjectNode frame) {
        return switch (Wish.ofBody(frame.path("body"))) {
            case Wish.Read.Valid(Wish wish) -> wish;
            case Wish.Read.Invalid(String reason) -> throw new Refused(reason + ".");
        };
    }

    /** Whether a human answers in it: the AI SDK sends the message that asks back. */
    private static boolean isAnswer(UiMessage message) {
        return message.role() == UiMessage.Role.ASSISTANT && !answers(message).isEmpty();
    }

    private static List<Approvals.Answer> answers(UiMessage message) {
        List<Approvals.Answer> answers = new ArrayList<>();
        for (MessagePart part : message.parts()) {
            if (!(part instanceof MessagePart.Tool tool)
                    || tool.state() != MessagePart.ToolState.APPROVAL_RESPONDED
                    || tool.approval() == null) {
                continue;
            }
            String reason = tool.approval().reason();
            require(
                    reason == null || reason.length() <= MAX_REASON,
                    "The reason has more than %,d characters.".formatted(MAX_REASON));
            answers.add(
                    new Approvals.Answer(
                            tool.approval().id(),
                            tool.input(),
                            Boolean.TRUE.equals(tool.approval().approved()),
                            reason));
        }
        return answers;
    }

    private void checkUserMessage(UiMessage message) {
        rules.refusal(message)
                .ifPresent(
                        reason -> {
                            throw new Refused(reason);
                        });
    }

    private static UiMessage message(JsonNode messages, int index) {
        return switch (UiMessageJson.decode(messages.get(index))) {
            case UiMessageJson.Decoded.Valid(UiMessage message) -> message;
            case UiMessageJson.Decoded.Invalid(String reason) ->
                    throw new Refused("messages[" + index + "]: " + reason + ".");
        };
    }

    private static RequestId request(ObjectNode frame) {
        String value = string(frame, "requestId");
        require(
                RequestId.isValid(value),
                "requestId must be 1 to 128 printable ASCII characters without spaces.");
        return new RequestId(value);
    }

    private static SessionId session(ObjectNode frame) {
        String value = string(frame, "id");
        require(
                SessionId.isValid(value),
                "id must be 8 to 64 letters, digits, underscores or hyphens.");
        return new SessionId(value);
    }

    private static @Nullable MessageId optionalMessageId(ObjectNode frame) {
        if (frame.path("messageId").isMissingNode() || frame.path("messageId").isNull()) {
            return null;
        }
        String value = string(frame, "messageId");
        require(
                MessageId.isValid(value),
                "messageId must be 1 to 128 printable ASCII characters without spaces.");
        return new MessageId(value);
    }

    private static long base(ObjectNode frame) {
        JsonNode value = frame.path("base");
        if (value.isMissingNode()) {
            return 0;
        }
        require(
                value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0,
                "base must be a whole number from 0 on.");
        return value.longValue();
    }

    private static @Nullable Long lastSequence(ObjectNode frame) {
        JsonNode value = frame.path("lastSequence");
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        require(
                value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0,
                "lastSequence must be a whole number from 0 on.");
        return value.longValue();
    }

    private static @Nullable TurnId turn(ObjectNode frame) {
        if (frame.path("turnId").isMissingNode() || frame.path("turnId").isNull()) {
            return null;
        }
        String value = string(frame, "turnId");
        require(TurnId.isValid(value), "turnId must be one that the server gave.");
        return new TurnId(value);
    }

    private static String string(ObjectNode frame, String field) {
        JsonNode value = frame.path(field);
        require(value.isTextual(), field + " must be a string.");
        return value.textValue();
    }

    private static void require(boolean holds, String reason) {
        if (!holds) {
            throw new Refused(reason);
        }
    }

    /** Leaves the decoder with the reason; never seen outside. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String reason;

        Refused(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }
}
