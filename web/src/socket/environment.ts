import type { WebSocketClass } from './web-socket.ts';

/** What the browser tells of the network and of the page. */
export type Signal = 'online' | 'offline' | 'visible';

/** Everything outside that the socket depends on: tests bring their own. */
export interface Environment {
  /** Milliseconds on the wall clock, which goes on while a computer sleeps. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
  /** Calls once, later; the result cancels it. */
  after(ms: number, call: () => void): () => void;
  /** Whether the browser believes that it has a network. */
  hasNetwork(): boolean;
  /** Whether nobody sees the page, so that its timers may be late. */
  isHidden(): boolean;
  /** Listens until the result is called. */
  listen(listener: (signal: Signal) => void): () => void;
  /** The platform's own WebSocket. */
  webSocket(): WebSocketClass | undefined;
}

/** The browser, or Node: what one of them lacks is left out. */
export const platform: Environment = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  // Node says nothing here.
  hasNetwork: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  isHidden: () => typeof document !== 'undefined' && document.visibilityState === 'hidden',
  listen(listener) {
    const stops: (() => void)[] = [];
    const on = (target: EventTarget, type: string, signal: () => Signal | undefined) => {
      const heard = () => {
        const said = signal();
        if (said !== undefined) {
          listener(said);
        }
      };
      target.addEventListener(type, heard);
      stops.push(() => target.removeEventListener(type, heard));
    };
    if (typeof globalThis.addEventListener === 'function') {
      on(globalThis, 'online', () => 'online');
      on(globalThis, 'offline', () => 'offline');
      // A page that comes back from the back-forward cache.
      on(globalThis, 'pageshow', () => 'visible');
    }
    if (typeof document !== 'undefined') {
      on(document, 'visibilitychange', () => (document.visibilityState === 'visible' ? 'visible' : undefined));
    }
    return () => stops.forEach(stop => stop());
  },
  // Looked up for each connection: a page may have put another in its place.
  webSocket: () => globalThis.WebSocket as WebSocketClass | undefined,
};
