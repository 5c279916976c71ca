import { pauseMs } from '../backoff.ts';
import type { Environment, Signal } from './environment.ts';
import { dropSocket, Link, type LinkListener } from './link.ts';
import type { ConnectionState, Settings } from './settings.ts';
import type { WebSocketLike } from './web-socket.ts';

/** How much later than planned a timer may come before the computer has slept, in ms. */
const JUMP_MS = 5_000;
/** How long a link that has a successor is kept for the requests that have not moved, in ms. */
const LEAVE_MS = 30_000;

/** Who uses the connections. */
export interface ConnectorHost {
  /** There is a new link; everything goes over it from now on. */
  linked(link: Link): void;
  received(link: Link, data: unknown): void;
  /** A link is gone; `code` is the WebSocket's, if it was told. */
  lost(link: Link, code: number | undefined): void;
  /** Whether everything that is open has been taken up on a link, so that older ones can go. */
  hasMovedTo(link: Link): boolean;
  /** Whether an answer is open. */
  isBusy(): boolean;
  /** Asks for a sign of life on a link. */
  ping(link: Link): void;
  tick(now: number): void;
  changed(state: ConnectionState): void;
  gaveUp(): void;
}

/**
 * Keeps one connection, as long as there is a network: connects, finds out whether the link is dead, connects again,
 * and replaces a link before it grows too old. The next link opens before the last one closes, where that can be.
 */
export class Connector implements LinkListener {
  readonly #host: ConnectorHost;
  readonly #settings: Settings;
  readonly #environment: Environment;
  readonly #url: string;
  readonly #protocols: string | string[] | undefined;
  readonly #tickMs: number;
  readonly #links = new Set<Link>();
  #primary: Link | undefined;
  /** Ends the attempt that is under way, without a word. */
  #cancelAttempt: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryAt = Infinity;
  #cancelTick: () => void = () => {};
  readonly #stopListening: () => void;
  /** Attempts that failed, and links that never worked, in a row. */
  #failures = 0;
  #everLinked = false;
  #noNetwork = false;
  #lostAt: number;
  #tickedAt: number;
  #state: ConnectionState = 'connecting';

  constructor(url: string, protocols: string | string[] | undefined, settings: Settings, environment: Environment, host: ConnectorHost) {
    this.#url = url;
    this.#protocols = protocols;
    this.#settings = settings;
    this.#environment = environment;
    this.#host = host;
    this.#tickMs = Math.min(1_000, settings.pingEveryMs / 4, settings.idlePingEveryMs / 4, settings.pongWithinMs / 4);
    this.#lostAt = this.#tickedAt = environment.now();
    this.#stopListening = environment.listen(signal => this.#signalled(signal));
  }

  /** Starts; from here on the host is called. */
  start(): void {
    this.#host.changed(this.#state);
    this.connectIn(0);
    this.#tickLater();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The link that is used. */
  get link(): Link | undefined {
    return this.#primary;
  }

  /** The pause after so many failures in a row, the first is number 0. */
  pauseMs(failures: number): number {
    return pauseMs(failures, this.#settings, this.#environment.random());
  }

  /** Opens a connection, in place of the one that is there, if one is. Sooner is better: a later plan gives way. */
  connectIn(ms: number): void {
    const at = this.#environment.now() + ms;
    if (this.#state === 'closed' || this.#cancelAttempt !== undefined || this.#retryAt <= at) {
      return;
    }
    this.#cancelRetry?.();
    this.#retryAt = at;
    this.#cancelRetry = this.#environment.after(ms, () => {
      this.#cancelRetry = undefined;
      this.#retryAt = Infinity;
      this.#connect();
    });
  }

  /** Something useful was said on a link: whatever went wrong before is over. */
  worked(link: Link): void {
    link.worked = true;
    if (link === this.#primary) {
      this.#failures = 0;
      if (this.#links.size > 1 && this.#host.hasMovedTo(link)) {
        this.#dropOthers();
      }
    }
  }

  close(code?: number, reason?: string): void {
    this.#cancelTick();
    this.#cancelRetry?.();
    this.#cancelAttempt?.();
    this.#stopListening();
    this.#links.forEach(link => link.drop(code, reason));
    this.#links.clear();
    this.#primary = undefined;
    this.#enter('closed');
  }

  message(link: Link, data: unknown): void {
    this.#noNetwork = false;
    this.#host.received(link, data);
    this.#review();
  }

  lost(link: Link, code: number | undefined): void {
    this.#gone(link, code, `closed with ${code ?? 'no code'}`);
    if (this.#primary === undefined) {
      this.connectIn(this.pauseMs(this.#failures++));
    }
    this.#review();
  }

  #gone(link: Link, code: number | undefined, how: string): void {
    this.#settings.log(`A connection was lost: ${how}.`);
    this.#links.delete(link);
    if (link === this.#primary) {
      this.#primary = undefined;
      this.#lostAt = this.#environment.now();
    }
    this.#host.lost(link, code);
  }

  #connect(): void {
    const environment = this.#environment;
    const settings = this.#settings;
    let socket: WebSocketLike | undefined;
    const end = () => {
      this.#cancelAttempt = undefined;
      stopWaiting();
    };
    const cancel = () => {
      end();
      if (socket !== undefined) {
        dropSocket(socket);
      }
    };
    const isOver = () => this.#cancelAttempt !== cancel;
    const fail = (why: string) => {
      if (!isOver()) {
        cancel();
        this.#failed(why);
      }
    };
    const stopWaiting = environment.after(settings.connectWithinMs, () => fail(`it took longer than ${settings.connectWithinMs} ms`));
    this.#cancelAttempt = cancel;
    this.#address().then(
      url => {
        if (isOver()) {
          return;
        }
        const Socket = settings.webSocket ?? environment.webSocket();
        if (Socket === undefined) {
          return fail('there is no WebSocket here: give one as the option webSocket');
        }
        try {
          socket = new Socket(url, this.#protocols);
          socket.binaryType = 'arraybuffer';
        } catch (error) {
          return fail(wordsOf(error));
        }
        const opening = socket;
        opening.onopen = () => {
          end();
          this.#opened(opening);
        };
        // Why it fails, a browser does not tell: a refused token looks like a lost network.
        opening.onerror = () => fail('it was refused or broke off');
        opening.onclose = event => fail(`it was closed with ${event?.code ?? 'no code'}`);
      },
      error => fail(wordsOf(error)),
    );
  }

  async #address(): Promise<string> {
    const { url, params } = this.#settings;
    const [address, parameters] = await Promise.all([
      typeof url === 'function' ? url() : (url ?? this.#url),
      typeof params === 'function' ? params() : (params ?? {}),
    ]);
    const full = socketUrl(address);
    for (const [name, value] of Object.entries(parameters)) {
      full.searchParams.set(name, value);
    }
    return full.href;
  }

  #failed(why: string): void {
    this.#settings.log(`An attempt to connect failed: ${why}.`);
    const pause = this.pauseMs(this.#failures++);
    // While the old link works there is no hurry.
    this.connectIn(this.#primary === undefined ? pause : Math.max(pause, this.#settings.longestRetryMs));
    this.#review();
  }

  #opened(socket: WebSocketLike): void {
    const environment = this.#environment;
    const settings = this.#settings;
    // Not all at once, when many connected at once; and rather earlier than later.
    const life = settings.rolloverAfterMs * (1 - environment.random() * 0.1);
    const link = new Link(socket, () => environment.now(), life, this);
    settings.log(this.#primary === undefined ? 'Connected.' : 'Connected anew, beside the old connection.');
    this.#links.add(link);
    this.#primary = link;
    this.#everLinked = true;
    this.#review();
    this.#host.linked(link);
    // Its answer tells that not only the gateway, but the server is there.
    this.#host.ping(link);
  }

  #tickLater(): void {
    this.#cancelTick = this.#environment.after(this.#tickMs, () => {
      this.#tick();
      if (this.#state !== 'closed') {
        this.#tickLater();
      }
    });
  }

  #tick(): void {
    const now = this.#environment.now();
    const settings = this.#settings;
    const late = now - this.#tickedAt - this.#tickMs;
    this.#tickedAt = now;
    const primary = this.#primary;
    if (late > JUMP_MS || late < -JUMP_MS) {
      // The computer has slept, or somebody has set the clock: no silence counts that was measured across it.
      this.#links.forEach(link => (link.silentSince = undefined));
      this.#check();
      if (!this.#environment.isHidden()) {
        // Somebody has opened the lid and waits. (The timers of hidden pages are late by themselves.)
        this.#connectNow();
      }
    }
    for (const link of [...this.#links]) {
      if (link.silentSince !== undefined && now - link.silentSince >= settings.pongWithinMs) {
        link.drop();
        this.#gone(link, undefined, 'nothing came through');
        if (this.#primary === undefined) {
          this.connectIn(link.worked ? 0 : this.pauseMs(this.#failures++));
        }
      }
    }
    if (primary !== undefined && primary === this.#primary) {
      const pingEvery = this.#host.isBusy() ? settings.pingEveryMs : settings.idlePingEveryMs;
      if (now - primary.pingedAt >= pingEvery) {
        this.#host.ping(primary);
      }
      if (now >= primary.until && this.#cancelRetry === undefined) {
        this.connectIn(0);
      }
      if (this.#links.size > 1 && now - primary.openedAt >= LEAVE_MS) {
        this.#dropOthers();
      }
    }
    this.#host.tick(now);
    this.#review();
    if (this.#primary === undefined && now - this.#lostAt >= settings.giveUpAfterMs) {
      this.#host.gaveUp();
    }
  }

  #signalled(signal: Signal): void {
    switch (signal) {
      case 'offline':
        this.#noNetwork = true;
        this.#check();
        break;
      case 'online':
        this.#noNetwork = false;
        // Most likely under another address: the old link may never say that it is dead.
        this.#failures = 0;
        this.#check();
        this.#connectNow();
        break;
      case 'visible':
        this.#check();
        if (this.#primary === undefined) {
          this.connectIn(0);
        }
    }
    this.#review();
  }

  /** Connects at once; an attempt that began in another network would only time out. */
  #connectNow(): void {
    this.#cancelAttempt?.();
    this.connectIn(0);
  }

  /** Asks for a sign of life now. */
  #check(): void {
    if (this.#primary !== undefined) {
      this.#host.ping(this.#primary);
    }
  }

  #dropOthers(): void {
    for (const link of [...this.#links]) {
      if (link !== this.#primary) {
        this.#links.delete(link);
        link.drop(1000);
      }
    }
  }

  #review(): void {
    if (this.#state === 'closed') {
      return;
    }
    if (this.#primary !== undefined) {
      this.#enter(this.#noNetwork ? 'offline' : 'online');
    } else if (this.#noNetwork || !this.#environment.hasNetwork() || this.#environment.now() - this.#lostAt >= this.#settings.offlineAfterMs) {
      this.#enter('offline');
    } else {
      this.#enter(this.#everLinked ? 'reconnecting' : 'connecting');
    }
  }

  #enter(state: ConnectionState): void {
    if (state !== this.#state) {
      this.#state = state;
      this.#host.changed(state);
    }
  }
}

/** An address as a WebSocket takes it; throws if it is none. Relative ones are the page's. */
export function socketUrl(address: string | URL): URL {
  const url = new URL(address, typeof location === 'undefined' ? undefined : location.href);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (!/^wss?:$/.test(url.protocol) || url.hash !== '') {
    throw new SyntaxError('The URL must begin with ws://, wss://, http:// or https://, and have no fragment.');
  }
  return url;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
