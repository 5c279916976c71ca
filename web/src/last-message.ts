// The shapes of the AI SDK's `UIMessage` (npm `ai` 7, src/ui/ui-messages.ts), as far as they are looked at.
type Message = { id?: unknown; role?: unknown; parts?: unknown };
type Part = Record<string, unknown>;

/** What the server looks at in a part that answers an approval. `toolName` is there if the tool is dynamic. */
const FIELDS = ['type', 'toolCallId', 'toolName', 'state', 'input', 'approval'];

/**
 * A `prepareSendMessagesRequest` for `WebSocketChatTransport` that sends only what is new: the last message, or, if that
 * is the assistant's, its answers to approvals.
 *
 * Holdfast keeps the history, so the rest need not travel again. And it could not for long: API Gateway takes frames of
 * at most 32 KB (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html), which a conversation of some
 * length would pass, and so would a long answer in which a human is asked.
 */
export function lastMessageOnly<M>({ messages }: { messages: M[] }): { messages: M[] } {
  return { messages: messages.slice(-1).map(answersOnly) };
}

/** The assistant's message with nothing but its answers to approvals; any other message as it is. */
function answersOnly<M>(message: M): M {
  const { id, role, parts } = message as Message;
  const answers = role === 'assistant' && Array.isArray(parts) ? parts.filter(isAnswer) : [];
  return answers.length === 0 ? message : ({ id, role, parts: answers.map(essence) } as M);
}

function isAnswer(part: Part): boolean {
  return part.state === 'approval-responded' && (part.type === 'dynamic-tool' || String(part.type).startsWith('tool-'));
}

function essence(part: Part): Part {
  return Object.fromEntries(FIELDS.filter(field => field in part).map(field => [field, part[field]]));
}
