export type { FollowedChat, FollowedMessage } from './follow/chat.ts';
export { SessionFollower, type SessionFollowerOptions } from './follow/session-follower.ts';
export { lastMessageOnly } from './last-message.ts';
export type { Operation, SessionEvent, TurnState, TurnStatus } from './socket/events.ts';
export { isOutdated } from './socket/exchange.ts';
export { ResumingWebSocket, type ResumingWebSocketClass, type SocketEvent } from './socket/resuming-web-socket.ts';
export type { ConnectionState, Params, ResumingWebSocketOptions } from './socket/settings.ts';
export type { WatchOptions } from './socket/watch.ts';
export type { WebSocketClass, WebSocketLike } from './socket/web-socket.ts';
