import { Connector, type ConnectorHost, socketUrl } from './connector.ts';
import { type Environment, platform } from './environment.ts';
import { Exchange } from './exchange.ts';
import type { Link } from './link.ts';
import { type ConnectionState, type ResumingWebSocketOptions, type Settings, settingsOf } from './settings.ts';
import { guarded } from './watch.ts';
import { CLOSED, CLOSING, CONNECTING, OPEN } from './web-socket.ts';

/** What a listener is told, under the names of the browser's events. */
export interface SocketEvent {
  readonly type: string;
  readonly target: ResumingWebSocket;
  /** Of `message`: the frame. */
  readonly data?: any;
  /** Of `close`. */
  readonly code?: number;
  readonly reason?: string;
  readonly wasClean?: boolean;
}

type EventType = 'open' | 'message' | 'error' | 'close';
type Listener = ((event: any) => void) | { handleEvent(event: any): void };

/** The class that {@link ResumingWebSocket.with} returns. */
export type ResumingWebSocketClass = new (url: string | URL, protocols?: string | string[]) => ResumingWebSocket;

/**
 * A WebSocket for the AI SDK's `WebSocketChatTransport` that is not lost with its connection:
 *
 *     new WebSocketChatTransport({ url, webSocket: ResumingWebSocket })
 *
 * It opens once and stays open. When the connection is lost it connects again and resumes every open answer where it
 * left off, so that the transport gets each frame once and in order, and `useChat` notices nothing. It closes when it
 * is told to, or gives up if `giveUpAfterMs` says so. It takes the frames of that transport, as text.
 */
export class ResumingWebSocket {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readonly CONNECTING = CONNECTING;
  readonly OPEN = OPEN;
  readonly CLOSING = CLOSING;
  readonly CLOSED = CLOSED;

  readonly url: string;
  readonly extensions: string = '';
  /** Of no effect: frames are text. */
  binaryType: 'blob' | 'arraybuffer' = 'blob';
  readonly #connector: Connector;
  readonly #exchange: Exchange;
  readonly #later: (call: () => void) => void;
  readonly #listeners = new Map<string, Map<Listener, boolean>>();
  readonly #handlers = new Map<EventType, (event: any) => void>();
  #readyState: number = CONNECTING;
  #protocol = '';

  /** Throws a `SyntaxError` at a URL that no WebSocket would take. */
  constructor(url: string | URL, protocols?: string | string[]) {
    const { settings, environment } = arrangementOf(new.target);
    this.url = socketUrl(url).href;
    this.#later = call => void environment.after(0, call);
    const host = this.#host(settings);
    this.#connector = new Connector(this.url, protocols, settings, environment, host);
    this.#exchange = new Exchange(settings, environment, this.#connector, text => this.#handOn(text));
    this.#connector.start();
  }

  /** The same with options; throws at once at one that is unknown or out of bounds. */
  static with(options: ResumingWebSocketOptions): ResumingWebSocketClass {
    return arrange(options, platform);
  }

  /** How the connection is; `onState` tells when it changes. */
  get state(): ConnectionState {
    return this.#connector.state;
  }

  get readyState(): number {
    return this.#readyState;
  }

  /** What waits, for a connection or in it. */
  get bufferedAmount(): number {
    return this.#exchange.waiting + (this.#connector.link?.socket.bufferedAmount ?? 0);
  }

  get protocol(): string {
    return this.#protocol;
  }

  get onopen(): ((event: any) => void) | null {
    return this.#handlers.get('open') ?? null;
  }

  set onopen(handler: ((event: any) => void) | null) {
    this.#handle('open', handler);
  }

  get onmessage(): ((event: any) => void) | null {
    return this.#handlers.get('message') ?? null;
  }

  set onmessage(handler: ((event: any) => void) | null) {
    this.#handle('message', handler);
  }

  get onerror(): ((event: any) => void) | null {
    return this.#handlers.get('error') ?? null;
  }

  set onerror(handler: ((event: any) => void) | null) {
    this.#handle('error', handler);
  }

  get onclose(): ((event: any) => void) | null {
    return this.#handlers.get('close') ?? null;
  }

  set onclose(handler: ((event: any) => void) | null) {
    this.#handle('close', handler);
  }

  addEventListener(type: string, listener: Listener | null, options?: boolean | { once?: boolean }): void {
    if (listener !== null) {
      const listeners = this.#listeners.get(type) ?? new Map<Listener, boolean>();
      this.#listeners.set(type, listeners);
      if (!listeners.has(listener)) {
        listeners.set(listener, typeof options === 'object' && options.once === true);
      }
    }
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener !== null) {
      this.#listeners.get(type)?.delete(listener);
    }
  }

  /** Sends a frame, now or when there is a connection; throws before the socket has opened. */
  send(data: string | Uint8Array | ArrayBuffer): void {
    if (this.#readyState === CONNECTING) {
      throw new Error('The socket is not open yet.');
    }
    if (this.#readyState === OPEN) {
      this.#exchange.send(typeof data === 'string' ? data : new TextDecoder().decode(data));
    }
  }

  /** Closes the socket for good. Running answers go on, and are there for whoever comes back. */
  close(code?: number, reason?: string): void {
    if (this.#readyState === CLOSING || this.#readyState === CLOSED) {
      return;
    }
    this.#exchange.close();
    this.#readyState = CLOSING;
    this.#connector.close(code, reason);
    this.#later(() => this.#closed(code ?? 1005, reason ?? '', true));
  }

  #host(settings: Settings): ConnectorHost {
    return {
      linked: link => {
        this.#open(link);
        this.#exchange.linked(link);
      },
      received: (link, data) => this.#exchange.received(link, data),
      lost: (link, code) => this.#exchange.lost(link, code),
      hasMovedTo: link => this.#exchange.hasMovedTo(link),
      isBusy: () => this.#exchange.isBusy,
      ping: link => this.#exchange.ping(link),
      tick: now => this.#exchange.tick(now),
      changed: state => {
        settings.log(`The state is ${state}.`);
        guarded(() => settings.onState?.(state, this));
      },
      gaveUp: () => {
        this.#readyState = CLOSING;
        this.#connector.close();
        this.#emit({ type: 'error' });
        this.#closed(1006, '', false);
      },
    };
  }

  #open(link: Link): void {
    this.#protocol = (link.socket as { protocol?: string }).protocol ?? '';
    if (this.#readyState === CONNECTING) {
      this.#readyState = OPEN;
      this.#emit({ type: 'open' });
    }
  }

  #handOn(data: string): void {
    if (this.#readyState === OPEN) {
      this.#emit({ type: 'message', data });
    }
  }

  #closed(code: number, reason: string, wasClean: boolean): void {
    this.#readyState = CLOSED;
    this.#emit({ type: 'close', code, reason, wasClean });
  }

  #handle(type: EventType, handler: ((event: any) => void) | null): void {
    if (typeof handler === 'function') {
      this.#handlers.set(type, handler);
    } else {
      this.#handlers.delete(type);
    }
  }

  #emit(event: Omit<SocketEvent, 'target'> & { type: EventType }): void {
    const whole: SocketEvent = { ...event, target: this };
    const listeners = this.#listeners.get(event.type) ?? new Map<Listener, boolean>();
    const handler = this.#handlers.get(event.type);
    for (const listener of handler === undefined ? [...listeners.keys()] : [handler, ...listeners.keys()]) {
      if (listeners.get(listener)) {
        listeners.delete(listener);
      }
      guarded(() => (typeof listener === 'function' ? listener.call(this, whole) : listener.handleEvent(whole)));
    }
  }
}

/** What a class that `with` returned was made with. */
const arrangements = new WeakMap<object, { settings: Settings; environment: Environment }>();

/** What a class was made with; its subclasses are made with the same. */
function arrangementOf(type: object): { settings: Settings; environment: Environment } {
  for (let one: object | null = type; one !== null; one = Object.getPrototypeOf(one)) {
    const found = arrangements.get(one);
    if (found !== undefined) {
      return found;
    }
  }
  return { settings: settingsOf({}), environment: platform };
}

/**
 * A class with options, in an environment.
 *
 * @internal
 */
export function arrange(options: ResumingWebSocketOptions, environment: Environment): ResumingWebSocketClass {
  class Arranged extends ResumingWebSocket {}
  arrangements.set(Arranged, { settings: settingsOf(options), environment });
  return Arranged;
}
