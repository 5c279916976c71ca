import type { WatchOptions } from './watch.ts';
import type { WebSocketClass } from './web-socket.ts';

/**
 * How the connection is.
 *
 * `connecting`: there has been none yet. `online`: there is one. `reconnecting`: it was lost a moment ago. `offline`:
 * the browser has no network, or no connection has come about for `offlineAfterMs`. `closed`: for good.
 */
export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline' | 'closed';

/** Query parameters of the URL. */
export type Params = Record<string, string>;

/** All of them may be left out. */
export interface ResumingWebSocketOptions {
  /**
   * Query parameters, asked for each connection: the place for a token that expires. If it throws, that is a failed
   * attempt. Parameters of the URL with the same names are replaced.
   */
  params?: Params | (() => Params | PromiseLike<Params>);
  /** Where to connect, asked for each connection, instead of the URL that the transport gives. */
  url?: string | URL | (() => string | URL | PromiseLike<string | URL>);
  /** The WebSocket to use, such as that of the package `ws`; the platform's own if left out. */
  webSocket?: WebSocketClass;
  /** Told of each state, also the first; the second argument is the socket. */
  onState?: (state: ConnectionState, socket: { readonly state: ConnectionState }) => void;
  /** A session of which everything is told, whichever tab it happens in. */
  watch?: WatchOptions;
  /** Told what happens, a line each, without content and secrets. */
  log?: (line: string) => void;

  /** Milliseconds to the second attempt to connect, about; each failure doubles it. 100. */
  firstRetryMs?: number;
  /** What it grows to, about. 5,000. */
  longestRetryMs?: number;
  /** Milliseconds that an attempt may take, with its `params`. 10,000. */
  connectWithinMs?: number;
  /** Milliseconds between two pings while an answer is open, about. 10,000. */
  pingEveryMs?: number;
  /** The same while none is open. More is cheaper (each ping is a call of a function) and finds a dead link later. 10,000. */
  idlePingEveryMs?: number;
  /** Milliseconds of silence after a ping until the connection counts as dead. 5,000. */
  pongWithinMs?: number;
  /** Milliseconds until a question that the server has not taken up is asked again. 30,000. */
  answerWithinMs?: number;
  /** Milliseconds that a connection is used, about: API Gateway ends it after two hours. 6,600,000. */
  rolloverAfterMs?: number;
  /** Milliseconds without a connection until the state is `offline`. 10,000. */
  offlineAfterMs?: number;
  /** Milliseconds without a connection until the socket fails for good; never if left out. */
  giveUpAfterMs?: number;
  /** How many requests may wait for a connection; more are answered with an error. 100. */
  maxWaiting?: number;
  /** How many errors in a row the server may give to one request that is asked again, until the last is handed on. 6. */
  maxFailures?: number;
  /** Milliseconds that the abort of a resumed answer is held back, to see whether a newer resume replaces it. 100. */
  holdAbortMs?: number;
}

type Numbers = Required<{
  [K in keyof ResumingWebSocketOptions as Required<ResumingWebSocketOptions>[K] extends number ? K : never]: number;
}>;

/** Options with nothing left out that has a default. */
export type Settings = Numbers & Pick<ResumingWebSocketOptions, 'params' | 'url' | 'webSocket' | 'onState' | 'watch'> & { log: (line: string) => void };

const MINUTE = 60_000;

/** Default, least, most. */
const NUMBERS: Record<keyof Numbers, readonly [number, number, number]> = {
  firstRetryMs: [100, 1, MINUTE],
  longestRetryMs: [5_000, 1, 10 * MINUTE],
  connectWithinMs: [10_000, 100, 10 * MINUTE],
  pingEveryMs: [10_000, 100, 9 * MINUTE],
  idlePingEveryMs: [10_000, 100, 9 * MINUTE],
  pongWithinMs: [5_000, 50, 10 * MINUTE],
  answerWithinMs: [30_000, 100, 60 * MINUTE],
  rolloverAfterMs: [110 * MINUTE, 100, 24 * 60 * MINUTE],
  offlineAfterMs: [10_000, 0, 60 * MINUTE],
  giveUpAfterMs: [Infinity, 100, Infinity],
  maxWaiting: [100, 1, 10_000],
  maxFailures: [6, 1, 1_000],
  holdAbortMs: [100, 0, 5_000],
};
const OTHERS = ['params', 'url', 'webSocket', 'onState', 'watch', 'log'];

/** Fills in the defaults; throws at what is out of bounds, or unknown. */
export function settingsOf(options: ResumingWebSocketOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!(name in NUMBERS) && !OTHERS.includes(name)) {
      throw new TypeError(`ResumingWebSocket has no option ${name}.`);
    }
  }
  const numbers = Object.fromEntries(
    Object.entries(NUMBERS).map(([name, [standard, least, most]]) => {
      const value: unknown = options[name as keyof Numbers] ?? standard;
      if (typeof value !== 'number' || !(value >= least && value <= most)) {
        throw new RangeError(`${name} must be a number from ${least} to ${most}, not ${String(value)}.`);
      }
      return [name, value];
    }),
  ) as Numbers;
  if (numbers.longestRetryMs < numbers.firstRetryMs) {
    throw new RangeError(`longestRetryMs must be at least firstRetryMs, ${numbers.firstRetryMs}, not ${numbers.longestRetryMs}.`);
  }
  const { params, url, webSocket, onState, watch, log = () => {} } = options;
  if (watch !== undefined && (typeof watch.id !== 'string' || typeof watch.onEvent !== 'function')) {
    throw new TypeError('watch must have the id of a session, and onEvent.');
  }
  return { ...numbers, params, url, webSocket, onState, watch, log };
}
