// A world for the resuming socket in which nothing happens by itself: clock, chance, network, server and browser are
// the test's.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Environment, Signal } from '../src/socket/environment.ts';
import { arrange, type ResumingWebSocket } from '../src/socket/resuming-web-socket.ts';
import type { ResumingWebSocketOptions } from '../src/socket/settings.ts';
import type { WebSocketClass } from '../src/socket/web-socket.ts';

type Sent = { type: string; requestId: string; [field: string]: unknown };

/** The far end of one connection. */
export class FakeSocket {
  readonly url: string;
  readonly at: number;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  /** What the client has sent, pings apart. */
  readonly frames: Sent[] = [];
  readonly pings: string[] = [];
  closedWith: unknown[] | undefined;

  constructor(url: string, at: number) {
    this.url = url;
    this.at = at;
  }

  send(text: string): void {
    assert.equal(this.readyState, 1, 'sent on a connection that is not open');
    const frame = JSON.parse(text) as Sent;
    if (frame.type === 'ping') {
      this.pings.push(frame.requestId);
    } else {
      this.frames.push(frame);
    }
  }

  close(...args: unknown[]): void {
    this.readyState = 3;
    this.closedWith = args;
  }

  /** The server accepts the connection. */
  accept(): this {
    assert.equal(this.readyState, 0);
    this.readyState = 1;
    this.onopen?.({});
    return this;
  }

  /** The connection breaks, or does not come about. */
  break(code = 1006): void {
    this.readyState = 3;
    this.onerror?.({});
    this.onclose?.({ code });
  }

  say(...frames: (object | string)[]): void {
    for (const frame of frames) {
      this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
    }
  }

  /** Answers every ping so far. */
  pong(): void {
    this.say({ type: 'pong', requestId: this.pings.at(-1) ?? 'ping' });
  }

  /** Takes the frames sent so far. */
  take(): Sent[] {
    return this.frames.splice(0);
  }
}

/** What the tests hold in their hands. */
export class World implements Environment {
  time = 1_800_000_000_000;
  chance = 1;
  network = true;
  hidden = false;
  readonly sockets: FakeSocket[] = [];
  readonly log: string[] = [];
  readonly states: string[] = [];
  #timers: { at: number; call: () => void }[] = [];
  #listeners = new Set<(signal: Signal) => void>();

  now(): number {
    return this.time;
  }

  random(): number {
    // 1 stands for the longest pauses and lives; the real thing stays below.
    return this.chance === 1 ? 1 - 1e-12 : this.chance;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.time + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  }

  hasNetwork(): boolean {
    return this.network;
  }

  isHidden(): boolean {
    return this.hidden;
  }

  listen(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  webSocket(): WebSocketClass {
    const world = this;
    return class extends FakeSocket {
      constructor(url: string | URL) {
        super(String(url), world.time);
        world.sockets.push(this);
      }
    };
  }

  /** Whether anything is still planned or listening. */
  get isQuiet(): boolean {
    return this.#timers.length === 0 && this.#listeners.size === 0;
  }

  /** The newest connection. */
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  signal(signal: Signal): void {
    this.#listeners.forEach(listener => listener(signal));
  }

  /** A class of sockets in this world, without jitter in what its tests wait for. */
  class(options: ResumingWebSocketOptions = {}) {
    return arrange({ log: line => this.log.push(line), onState: state => this.states.push(state), ...options }, this);
  }

  /** A socket, connected unless the test wants to do that. */
  async open(options: ResumingWebSocketOptions = {}): Promise<{ socket: ResumingWebSocket; got: any[]; events: string[] }> {
    const { socket, got, events } = this.make(options);
    await this.advance(0);
    this.socket.accept();
    return { socket, got, events };
  }

  make(options: ResumingWebSocketOptions = {}, url = 'ws://server/ws?token=first'): { socket: ResumingWebSocket; got: any[]; events: string[] } {
    const socket = new (this.class(options))(url);
    const got: any[] = [];
    const events: string[] = [];
    for (const type of ['open', 'error', 'close']) {
      socket.addEventListener(type, event => events.push(event.type));
    }
    socket.onmessage = event => got.push(JSON.parse(event.data));
    return { socket, got, events };
  }

  /** Lets time pass; whatever is due happens on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    while (await this.#step(end)) {
      // There may be more.
    }
    this.time = end;
  }

  /** Lets the next thing happen that is due by then; whether there was one. */
  async #step(end: number): Promise<boolean> {
    await settled();
    const due = this.#timers.toSorted((one, other) => one.at - other.at)[0];
    if (due === undefined || due.at > end) {
      return false;
    }
    this.#timers = this.#timers.filter(timer => timer !== due);
    this.time = Math.max(this.time, due.at);
    due.call();
    await settled();
    return true;
  }

  /** The computer sleeps: the clock goes on, but no timer runs. */
  async sleep(ms: number): Promise<void> {
    this.time += ms;
    await this.advance(1_000);
  }

  /** Lets time pass until there is one connection more, and returns it, not yet accepted. */
  async next(limitMs = 20_000): Promise<FakeSocket> {
    const before = this.sockets.length;
    const end = this.time + limitMs;
    while (this.sockets.length === before) {
      assert.ok(await this.#step(end), `no new connection in ${limitMs} ms: ${this.log.join(' ')}`);
    }
    return this.socket;
  }
}

/** Lets everything that is not a timer come to rest. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await turn();
  }
}

export const send = (requestId = 'r1', id = 'session-1') => ({
  type: 'send',
  requestId,
  id,
  trigger: 'submit-message',
  messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'hello' }] }],
  headers: {},
  body: {},
});

/** The answer to an approval, as the SDK's client sends it. */
export const approve = (requestId = 'r1', id = 'session-1') => ({
  ...send(requestId, id),
  messageId: 'msg_1',
  messages: [
    {
      id: 'msg_1',
      role: 'assistant',
      parts: [{ type: 'tool-transfer', toolCallId: 'c1', state: 'approval-responded', input: {}, approval: { id: 'a1', approved: true } }],
    },
  ],
});

export const resume = (requestId = 'r1', id = 'session-1') => ({ type: 'resume', requestId, id, headers: {}, body: {} });

export const abort = (requestId = 'r1') => ({ type: 'abort', requestId });

/** An answer of five words, as the server sends it. */
export function answer(requestId = 'r1', messageId = 'msg_1', turnId = 'turn_1', words = ['one ', 'two ', 'three ', 'four ', 'five ']): object[] {
  return [
    { type: 'start', messageId, messageMetadata: { turnId } },
    { type: 'start-step' },
    { type: 'text-start', id: 't' },
    ...words.map(delta => ({ type: 'text-delta', id: 't', delta })),
    { type: 'text-end', id: 't' },
    { type: 'finish-step' },
    { type: 'finish' },
  ].map((chunk, sequence) => ({ type: 'chunk', requestId, sequence, chunk }));
}

/** What follows the answer to an approval: no `start` chunk, and sequences from 0 all the same. */
export function continuation(requestId = 'r1', words = ['one ', 'two ', 'three ']): object[] {
  return [
    { type: 'tool-approval-response', approvalId: 'a1', approved: true },
    { type: 'tool-output-available', toolCallId: 'c1', output: {} },
    { type: 'finish-step' },
    { type: 'start-step' },
    { type: 'text-start', id: 't' },
    ...words.map(delta => ({ type: 'text-delta', id: 't', delta })),
    { type: 'text-end', id: 't' },
    { type: 'finish-step' },
    { type: 'finish' },
  ].map((chunk, sequence) => ({ type: 'chunk', requestId, sequence, chunk }));
}

/** The server takes the answer to an approval: its 0 is the turn's 7. */
export const goOn = (requestId = 'r1', turnId = 'turn_1', base = 7) => ({ ...start(requestId, 0), turnId, base });

export const start = (requestId = 'r1', sequence?: number) => ({ type: 'start', requestId, sequence });
export const end = (requestId = 'r1') => ({ type: 'end', requestId });
export const noActive = (requestId = 'r1') => ({ type: 'no-active', requestId });
export const failure = (requestId = 'r1', errorText = 'Too many requests.') => ({ type: 'error', requestId, errorText });
/** What API Gateway says when a route's function fails. */
export const GATEWAY_ERROR = { message: 'Internal server error', connectionId: 'abc=', requestId: 'xyz=' };
