import { CONNECTING, OPEN, type WebSocketLike } from './web-socket.ts';

/** Who is told of what happens on a link. */
export interface LinkListener {
  message(link: Link, data: unknown): void;
  lost(link: Link, code: number | undefined): void;
}

/** One open connection, and when it was last heard of. */
export class Link {
  readonly socket: WebSocketLike;
  readonly openedAt: number;
  /** When it should be replaced. */
  readonly until: number;
  /** When the last ping went out. */
  pingedAt: number;
  /** Since when a ping waits for a sign of life. */
  silentSince: number | undefined;
  /** Whether the server has said anything useful on it. */
  worked = false;
  readonly #now: () => number;
  #listener: LinkListener | undefined;

  constructor(socket: WebSocketLike, now: () => number, lifeMs: number, listener: LinkListener) {
    this.socket = socket;
    this.#now = now;
    this.openedAt = now();
    this.pingedAt = this.openedAt;
    this.until = this.openedAt + lifeMs;
    this.#listener = listener;
    socket.onmessage = event => {
      this.silentSince = undefined;
      this.#listener?.message(this, event.data);
    };
    socket.onerror = () => {};
    socket.onclose = event => this.#listener?.lost(this, event?.code);
  }

  send(text: string): void {
    if (this.socket.readyState === OPEN) {
      this.socket.send(text);
    }
  }

  ping(requestId: string): void {
    this.pingedAt = this.#now();
    this.silentSince ??= this.pingedAt;
    this.send(JSON.stringify({ type: 'ping', requestId }));
  }

  /** Closes it without a word to the listener. */
  drop(code?: number, reason?: string): void {
    this.#listener = undefined;
    dropSocket(this.socket, code, reason);
  }
}

/** Closes a socket of which nothing more is to be heard. */
export function dropSocket(socket: WebSocketLike, code?: number, reason?: string): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  // The package `ws` throws what nobody listens to.
  socket.onerror = () => {};
  try {
    // Browsers take no other codes from a page.
    if (code !== undefined && socket.readyState !== CONNECTING && (code === 1000 || (code >= 3000 && code <= 4999))) {
      socket.close(code, reason);
    } else {
      socket.close();
    }
  } catch {
    // It is of no use any more.
  }
}
