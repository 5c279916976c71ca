export { lastMessageOnly } from './last-message.ts';
export { isOutdated } from './socket/exchange.ts';
export { ResumingWebSocket, type ResumingWebSocketClass, type SocketEvent } from './socket/resuming-web-socket.ts';
export type { ConnectionState, Params, ResumingWebSocketOptions } from './socket/settings.ts';
export type { WebSocketClass, WebSocketLike } from './socket/web-socket.ts';
