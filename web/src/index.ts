export { isOutdated } from './socket/exchange.ts';
export { ResumingWebSocket, type ResumingWebSocketClass, type SocketEvent } from './socket/resuming-web-socket.ts';
export type { ConnectionState, Params, ResumingWebSocketOptions } from './socket/settings.ts';
export type { WebSocketClass, WebSocketLike } from './socket/web-socket.ts';

/**
 * A `prepareSendMessagesRequest` for `WebSocketChatTransport` that sends only the last message.
 *
 * Holdfast keeps the history, so the earlier messages need not travel again. And they could not for
 * long: API Gateway takes frames of at most 32 KB
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html), which a conversation of
 * some length would pass.
 */
export function lastMessageOnly<M>({ messages }: { messages: M[] }): { messages: M[] } {
  return { messages: messages.slice(-1) };
}
