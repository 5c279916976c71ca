import type { UIMessage } from 'ai';

/**
 * A `prepareSendMessagesRequest` for `WebSocketChatTransport` that sends only the last message.
 *
 * Holdfast keeps the history, so the earlier messages need not travel again. And they could not for
 * long: API Gateway takes frames of at most 32 KB
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html), which a conversation of
 * some length would pass.
 */
export function lastMessageOnly<M extends UIMessage>({ messages }: { messages: M[] }): { messages: M[] } {
  return { messages: messages.slice(-1) };
}
