// What is needed of a WebSocket: browsers, Node and the npm package `ws` all have it.

/** An open or opening connection. */
export interface WebSocketLike {
  readonly readyState: number;
  readonly bufferedAmount?: number;
  binaryType?: string;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** How a connection is opened. */
export type WebSocketClass = new (url: string | URL, protocols?: string | string[]) => WebSocketLike;

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;
