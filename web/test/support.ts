// What the tests share: tabs (the real AI SDK client), raw sockets, and an audit of every frame they get.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Chat } from '@ai-sdk/react';
import {
  asSchema,
  type DynamicToolUIPart,
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type PrepareWebSocketChatTransportSendMessagesRequest,
  type ToolUIPart,
  type UIMessage,
  type UIMessageChunk,
  uiMessageChunkSchema,
  WebSocketChatTransport,
} from 'ai';
import { lastMessageOnly, ResumingWebSocket, type ResumingWebSocketOptions } from '../src/index.ts';
import { type Answer, Contract } from './contract.ts';

/** The running system, for example http://127.0.0.1:8080. */
export const HOLDFAST_URL = (process.env.HOLDFAST_URL ?? '').replace(/\/$/, '');

/** What `describe` is told: the tests of a running system are skipped, by name, where there is none. */
export const system = { skip: HOLDFAST_URL === '' && 'HOLDFAST_URL names no running system' };

const LIMIT_MS = 60_000;
const FRAME_BYTES = 32 * 1024;
const FRAME_TYPES = ['start', 'chunk', 'end', 'error', 'no-active', 'event', 'pong'];
const LAST_FRAMES = ['end', 'error', 'no-active'];
const FILLERS = ['reset-step', 'message-metadata'];
const chunkSchema = asSchema(uiMessageChunkSchema);

/** Waits until the condition holds; fails with what was waited for, and what is there instead. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seen: () => unknown = () => '',
  limitMs = LIMIT_MS,
): Promise<void> {
  const begin = performance.now();
  for (;;) {
    const answer = condition();
    if (await answer) {
      return;
    }
    const waited = performance.now() - begin;
    if (waited > limitMs) {
      assert.fail(`waited ${limitMs} ms for ${what}; seen: ${JSON.stringify(seen())?.slice(-600)}`);
    }
    // Longer and longer, above all where the system is asked: whoever does that every 5 ms keeps it from its work.
    await pause(answer instanceof Promise ? Math.min(25 + waited / 8, 250) : Math.min(5 + waited / 20, 100));
  }
}

/** A session id that no other test uses. */
export function newSession(): string {
  return `s-${randomUUID()}`;
}

/** A user that no other test uses. */
export function newUser(name = 'alice'): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** A token of the local system for a user, with roles if any are given; the same one as before, it is good for 12 hours. */
export function tokenOf(user: string, roles: string[] = []): Promise<string> {
  const who = JSON.stringify([user, ...roles]);
  const token = tokens.get(who) ?? newToken(user, roles);
  tokens.set(who, token);
  return token;
}

const tokens = new Map<string, Promise<string>>();

async function newToken(user: string, roles: string[]): Promise<string> {
  const response = await fetch(`${HOLDFAST_URL}/local/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(roles.length > 0 ? { user, roles } : { user }),
  });
  assert.equal(response.status, 200, `POST /local/tokens answered ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  assert.equal(typeof token, 'string');
  return token;
}

let contract: Promise<Contract> | undefined;

/** What the system says of its HTTP API, read once. */
export function theContract(): Promise<Contract> {
  return (contract ??= fetch(`${HOLDFAST_URL}/openapi.json`).then(async response => new Contract((await response.json()) as object)));
}

/** Asks the HTTP API. Fails unless its OpenAPI document has the answer. The body is read if it is JSON. */
export async function request(method: string, path: string, init: RequestInit = {}): Promise<Answer & { body: any }> {
  const response = await fetch(HOLDFAST_URL + path, { ...init, method });
  const answer = { status: response.status, headers: response.headers, text: await response.text() };
  (await theContract()).check(method, path, answer);
  return { ...answer, body: /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(answer.text) : undefined };
}

/** Asks for a user; a body that is a text goes out as it is. */
export async function http(method: string, path: string, user: string, body?: object | string): Promise<{ status: number; body: any }> {
  return request(method, path, {
    headers: { authorization: `Bearer ${await tokenOf(user)}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The stored conversation. */
export async function stored(session: string, user: string): Promise<{ status: number; messages: UIMessage[] }> {
  const { status, body } = await http('GET', `/sessions/${session}`, user);
  return { status, messages: body.messages ?? [] };
}

/** Sends one command to the system's Redis. */
async function redis(...words: string[]): Promise<string> {
  const endpoints = (await (await fetch(`${HOLDFAST_URL}/local/endpoints`)).json()) as { cache: string };
  const { hostname, port } = new URL(endpoints.cache);
  const command = `*${words.length}\r\n${words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(command));
    socket.on('error', reject);
    socket.once('data', answer => {
      resolve(answer.toString('utf8'));
      socket.destroy();
    });
  });
}

/** Redis forgets one turn, or a part of it. */
export async function forget(turnId: string, parts = ['chunks', 'turn', 'subs']): Promise<void> {
  const answer = await redis('DEL', ...parts.map(part => `{${turnId}}:${part}`));
  assert.match(answer, /^:[1-3]/, `Redis knew nothing of ${turnId}: ${answer}`);
  forgotten.add(turnId);
}

/** The turns that Redis was made to forget. */
const forgotten = new Set<string>();

/** The HTTP status of a WebSocket handshake: 101, or why it was refused. The global `WebSocket` does not tell. */
export function handshake(query: string): Promise<number> {
  const { hostname, port } = new URL(HOLDFAST_URL);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(
        `GET /ws${query} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      ),
    );
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('no answer to the handshake')));
    socket.on('error', reject);
    socket.once('data', data => {
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(data.toString('latin1'))?.[1]));
      socket.destroy();
    });
  });
}

/** A frame of the server. */
export type Frame = {
  type: string;
  requestId: string;
  sequence?: number;
  chunk?: UIMessageChunk;
  errorText?: string;
  /** When it came, on the clock of `performance.now()`. */
  at: number;
};

/** The frames of one socket, each checked as it comes. */
export class Wire {
  frames: Frame[] = [];
  readonly faults: string[] = [];
  /** How many frames have gone out. */
  sentFrames = 0;
  #next = new Map<string, number>();
  #expected = new Map<string, number>();
  #chunks = new Map<string, string[]>();
  #turns = new Map<string, string>();
  #continued = new Map<string, UIMessage>();

  /** The chunks of a request, each once. */
  chunks(requestId: string): UIMessageChunk[] {
    return (this.#chunks.get(requestId) ?? []).map(chunk => JSON.parse(chunk));
  }

  /** The frames of a request. */
  of(requestId: string): Frame[] {
    return this.frames.filter(frame => frame.requestId === requestId);
  }

  /** The frame that ended a request, if one has. */
  last(requestId: string): Frame | undefined {
    return this.of(requestId).find(frame => LAST_FRAMES.includes(frame.type));
  }

  sent(text: string): void {
    this.sentFrames++;
    // A resume says where it left off; every other request counts from 0.
    try {
      const frame = JSON.parse(text);
      if (typeof frame.requestId === 'string' && (frame.type === 'send' || frame.type === 'resume')) {
        if (this.last(frame.requestId)) {
          // The id of a request that has ended is used for another.
          this.frames = this.frames.filter(({ requestId }) => requestId !== frame.requestId);
          this.#chunks.delete(frame.requestId);
        }
        const message = frame.messages?.at(-1) as UIMessage | undefined;
        if (message?.role === 'assistant') {
          // An approval's answer: what follows is of calls that this message has.
          this.#continued.set(frame.requestId, message);
        } else {
          this.#continued.delete(frame.requestId);
        }
        const turnId = frame.turnId ?? (message?.metadata as { turnId?: string } | undefined)?.turnId;
        this.#learn(frame.requestId, turnId);
        const next = Number.isInteger(frame.lastSequence) ? frame.lastSequence + 1 : 0;
        this.#next.set(frame.requestId, this.#expected.get(frame.requestId) ?? next);
      }
    } catch {
      // A test sends what is no JSON on purpose.
    }
  }

  /** The server answers with a full replay, though a cursor was sent. */
  expect(requestId: string, sequence: number): void {
    this.#expected.set(requestId, sequence);
  }

  /**
   * What comes for a request that has ended, of a turn that Redis forgot, is ignored, as every client does: the turn may
   * have gone before its reader was crossed off, and whoever makes the stream again cannot know.
   */
  #isOver(requestId: string): boolean {
    return forgotten.has(this.#turns.get(requestId) ?? '') && this.last(requestId) !== undefined;
  }

  #learn(requestId: string, turnId: string | undefined): void {
    if (turnId !== undefined) {
      this.#turns.set(requestId, turnId);
    }
  }

  received(data: unknown): void {
    try {
      assert.equal(typeof data, 'string', 'a frame is text');
      const text = data as string;
      assert.ok(Buffer.byteLength(text) <= FRAME_BYTES, `a frame of ${Buffer.byteLength(text)} bytes`);
      const frame = { ...JSON.parse(text), at: performance.now() } as Frame;
      this.frames.push(frame);
      assert.ok(FRAME_TYPES.includes(frame.type), `an unknown frame: ${text.slice(0, 200)}`);
      assert.equal(typeof frame.requestId, 'string', `a frame without a requestId: ${text.slice(0, 200)}`);
      if (frame.type === 'error') {
        assert.equal(typeof frame.errorText, 'string', `an error without words: ${text}`);
      }
      if (frame.type === 'chunk' && !this.#isOver(frame.requestId)) {
        this.#chunk(frame);
      }
    } catch (fault) {
      this.faults.push(String(fault));
    }
  }

  #chunk({ requestId, sequence, chunk }: Frame): void {
    const chunks = this.#chunks.get(requestId) ?? [];
    if (sequence === 0 && chunks.length === 0 && this.#next.has(requestId)) {
      // All of it, because the server could not go on where the client left off.
      this.#next.set(requestId, 0);
    }
    const next = this.#next.get(requestId);
    assert.ok(next !== undefined, `a chunk for ${requestId}, which asked for nothing`);
    assert.ok(Number.isSafeInteger(sequence), `sequence ${sequence}`);
    const text = JSON.stringify(chunk);
    if (sequence! < next) {
      // A successor after a crash may repeat chunks, but not change them; a stream that is made again has something
      // that changes nothing in the place of what was lost.
      const known = chunks[chunks.length - (next - sequence!)];
      assert.ok(text === known || FILLERS.includes(chunk!.type), `another chunk ${sequence}: ${text} after ${known}`);
      return;
    }
    assert.equal(sequence, next, `a gap before sequence ${sequence}`);
    assert.equal(this.last(requestId), undefined, `a chunk after the end: ${text.slice(0, 200)}`);
    if (chunk!.type === 'start') {
      this.#learn(requestId, (chunk!.messageMetadata as { turnId?: string } | undefined)?.turnId);
    }
    this.#next.set(requestId, next + 1);
    chunks.push(text);
    this.#chunks.set(requestId, chunks);
  }

  /** Fails if any frame broke the protocol: schema, sequence, size, order of chunks. */
  async verify(): Promise<void> {
    assert.deepEqual(this.faults, []);
    for (const requestId of this.#chunks.keys()) {
      const chunks = this.chunks(requestId);
      for (const chunk of chunks) {
        const result = await chunkSchema.validate!(chunk);
        assert.ok(result.success, `not a UI message chunk: ${JSON.stringify(chunk)}`);
      }
      // What a resume with `lastSequence` gets begins anywhere.
      if (this.frames.find(frame => frame.requestId === requestId && frame.type === 'chunk')?.sequence === 0) {
        verifyOrder(chunks, this.last(requestId)?.type === 'end', this.#continued.get(requestId));
      }
    }
  }
}

/**
 * One `start` with an id first; deltas only within their part; each call of a tool in its order; one `finish`, `abort` or
 * `error` last, or none if a human is asked.
 *
 * @param continued the message that goes on, for a request that answers an approval
 */
function verifyOrder(chunks: UIMessageChunk[], ended: boolean, continued?: UIMessage): void {
  const open = new Set<string>();
  const calls = new CallOrder(continued);
  chunks.forEach((chunk, i) => {
    const where = `chunk ${i} of ${chunks.length}: ${JSON.stringify(chunk).slice(0, 200)}`;
    calls.take(chunk, where);
    switch (chunk.type) {
      case 'start':
        assert.equal(i, 0, `a second start, ${where}`);
        assert.equal(typeof chunk.messageId, 'string', where);
        break;
      case 'text-start':
      case 'reasoning-start':
        assert.ok(!open.has(chunk.id), `opened twice, ${where}`);
        open.add(chunk.id);
        break;
      case 'text-delta':
      case 'reasoning-delta':
        assert.ok(open.has(chunk.id), `no such part, ${where}`);
        break;
      case 'text-end':
      case 'reasoning-end':
        assert.ok(open.delete(chunk.id), `no such part, ${where}`);
        break;
      case 'reset-step':
        open.clear();
        break;
      case 'finish':
        assert.equal(open.size, 0, `finished with an open part, ${where}`);
        calls.verifyDone(where);
    }
  });
  const closing = chunks.filter(chunk => ['finish', 'abort', 'error'].includes(chunk.type));
  if (ended && !(closing.length === 0 && calls.asks)) {
    assert.equal(closing.length, 1, `ended by ${JSON.stringify(closing)}`);
    assert.equal(closing[0], chunks.at(-1));
  } else {
    assert.ok(closing.length <= 1, `ended by ${JSON.stringify(closing)}`);
  }
}

type CallState = 'writing' | 'ready' | 'asked' | 'answered' | 'done';

/**
 * The calls of tools in a stream of chunks: input before output, an approval for a call that waits, one result each. A
 * successor after a crash may repeat an answer or a result, but not change it.
 */
class CallOrder {
  readonly #states = new Map<string, CallState>();
  /** What was said of a call for good: call and type of chunk → the chunk. */
  readonly #said = new Map<string, string>();
  /** Approval → call. */
  readonly #approvals = new Map<string, string>();
  /** The calls of the step that a `reset-step` takes back. */
  #step: string[] = [];

  constructor(continued?: UIMessage) {
    for (const part of callsOf(continued)) {
      const waits = part.state === 'approval-requested' || part.state === 'approval-responded';
      const done = part.state.startsWith('output-') && !(part.state === 'output-available' && part.preliminary);
      this.#states.set(part.toolCallId, waits ? 'asked' : done ? 'done' : 'ready');
      if (part.approval) {
        this.#approvals.set(part.approval.id, part.toolCallId);
      }
    }
  }

  /** Whether a human is asked. */
  get asks(): boolean {
    return [...this.#states.values()].includes('asked');
  }

  verifyDone(where: string): void {
    assert.deepEqual([...this.#states].filter(([, state]) => state !== 'done'), [], `a call without a result, ${where}`);
  }

  take(chunk: UIMessageChunk, where: string): void {
    switch (chunk.type) {
      case 'start-step':
        this.#step = [];
        break;
      case 'reset-step':
        this.#step.splice(0).forEach(id => this.#states.delete(id));
        break;
      case 'tool-input-start':
        assert.ok(!this.#states.has(chunk.toolCallId), `begun twice, ${where}`);
        this.#begin(chunk.toolCallId, 'writing');
        break;
      case 'tool-input-delta':
        this.#move(chunk.toolCallId, ['writing'], 'writing', where);
        break;
      case 'tool-input-available':
      case 'tool-input-error':
        if (!this.#states.has(chunk.toolCallId)) {
          this.#begin(chunk.toolCallId, 'writing');
        }
        this.#move(chunk.toolCallId, ['writing'], chunk.type === 'tool-input-error' ? 'done' : 'ready', where);
        break;
      case 'tool-approval-request':
        this.#move(chunk.toolCallId, ['ready'], 'asked', where);
        this.#approvals.set(chunk.approvalId, chunk.toolCallId);
        break;
      case 'tool-approval-response': {
        const call = this.#approvals.get(chunk.approvalId);
        assert.ok(call !== undefined, `no such approval, ${where}`);
        this.#lasts(call, chunk, ['asked'], 'answered', where);
        break;
      }
      case 'tool-output-available':
        // The client that answered an approval knows of the answer already.
        if (chunk.preliminary) {
          this.#move(chunk.toolCallId, ['ready', 'asked', 'answered'], 'answered', where);
        } else {
          this.#lasts(chunk.toolCallId, chunk, ['ready', 'asked', 'answered'], 'done', where);
        }
        break;
      case 'tool-output-error':
        this.#lasts(chunk.toolCallId, chunk, ['ready', 'asked', 'answered'], 'done', where);
        break;
      case 'tool-output-denied':
        this.#lasts(chunk.toolCallId, chunk, ['asked', 'answered'], 'done', where);
    }
  }

  #lasts(call: string, chunk: UIMessageChunk, from: CallState[], to: CallState, where: string): void {
    const key = `${call} ${chunk.type}`;
    const text = JSON.stringify(chunk);
    this.#move(call, this.#said.get(key) === text ? [...from, to] : from, to, where);
    this.#said.set(key, text);
  }

  #begin(call: string, state: CallState): void {
    this.#states.set(call, state);
    this.#step.push(call);
  }

  #move(call: string, from: CallState[], to: CallState, where: string): void {
    const state = this.#states.get(call);
    assert.ok(state !== undefined && from.includes(state), `the call is ${state ?? 'unknown'}, ${where}`);
    this.#states.set(call, to);
  }
}

/** A part of a message that is a call of a tool. */
export type Call = ToolUIPart | DynamicToolUIPart;

/** The calls of tools in a message. */
export function callsOf(message: UIMessage | undefined): Call[] {
  return (message?.parts ?? []).filter(part => isToolUIPart(part)) as Call[];
}

const closers: (() => void)[] = [];
const wires: Wire[] = [];

/** For `afterEach`: closes every socket, and fails if one of them got a frame that it should not have got. */
export async function closeAndVerify(): Promise<void> {
  for (const close of closers.splice(0)) {
    close();
  }
  for (const wire of wires.splice(0)) {
    await wire.verify();
  }
}

function auditedSocket(wire: Wire, sockets: WebSocket[] = []): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets.push(this);
      this.addEventListener('message', event => wire.received(event.data));
    }

    override send(data: string): void {
      wire.sent(data);
      super.send(data);
    }
  };
}

/** A resuming socket whose frames are audited twice: as the server sends them, link by link, and as the transport gets them. */
function resumingSocket(tab: Tab, options: ResumingWebSocketOptions) {
  const Links = class extends WebSocket {
    readonly #wire = new Wire();

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      tab.sockets.push(this);
      tab.links.push(this.#wire);
      wires.push(this.#wire);
      this.addEventListener('message', event => {
        const frame = JSON.parse(event.data) as Frame;
        if (tab.losesFrame?.(frame)) {
          event.stopImmediatePropagation();
          this.close();
        } else if (!tab.expectsFrame?.(event.data)) {
          this.#wire.received(event.data);
        }
      });
    }

    override send(data: string): void {
      this.#wire.sent(data);
      super.send(data);
      tab.out.push(JSON.parse(data));
      tab.onSend?.(tab.out.at(-1)!);
    }
  };
  return class extends ResumingWebSocket.with({
    params: async () => ({ token: await tab.token() }),
    webSocket: Links,
    onState: state => tab.states.push(state),
    log: line => tab.log.push(line),
    ...options,
  }) {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', event => tab.wire.received(event.data));
    }

    override send(data: string): void {
      tab.wire.sent(data);
      super.send(data);
    }
  };
}

/** A tab of a browser: the AI SDK's `Chat` over its `WebSocketChatTransport`. */
export class Tab {
  readonly session: string;
  readonly user: string;
  readonly roles: string[];
  readonly url: string;
  readonly chat: Chat<UIMessage>;
  readonly wire = new Wire();
  readonly transport: WebSocketChatTransport<UIMessage>;
  readonly sockets: WebSocket[] = [];
  /** Of a resuming tab: the frames of each link, as the server sends them. */
  readonly links: Wire[] = [];
  /** Of a resuming tab: the frames that have gone out, over whichever link. */
  readonly out: { type: string; requestId: string }[] = [];
  /** Of a resuming tab: the states of its connection, and what its socket says of itself. */
  readonly states: string[] = [];
  readonly log: string[] = [];
  /** Of a resuming tab: called when a frame has gone out. */
  onSend?: (frame: { type: string; requestId: string }) => void;
  /** Of a resuming tab: whether a frame of the server is lost, and the link with it. */
  losesFrame?: (frame: Frame) => boolean;
  /** Of a resuming tab: whether a text is not the server's, and may come all the same. The socket gets it. */
  expectsFrame?: (text: string) => boolean;

  /**
   * @param url where the system is reached, such as the address of a `Line`
   * @param resuming options for a `ResumingWebSocket`; without them the SDK's socket is the platform's own
   * @param prepare what of the messages is sent; `undefined` for the SDK's own way, all of them
   */
  constructor(
    {
      session = newSession(),
      user = newUser(),
      roles = [] as string[],
      messages = [] as UIMessage[],
      url = HOLDFAST_URL,
      resuming = undefined as ResumingWebSocketOptions | undefined,
    } = {},
    prepare: PrepareWebSocketChatTransportSendMessagesRequest<UIMessage> | undefined = lastMessageOnly,
  ) {
    this.session = session;
    this.user = user;
    this.roles = roles;
    this.url = url;
    this.transport = new WebSocketChatTransport<UIMessage>({
      url: `${url}/ws`,
      params: resuming ? undefined : async () => ({ token: await this.token() }),
      webSocket: resuming ? resumingSocket(this, resuming) : (auditedSocket(this.wire, this.sockets) as never),
      prepareSendMessagesRequest: prepare,
    });
    this.chat = new Chat<UIMessage>({
      id: session,
      messages,
      transport: this.transport,
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    });
    closers.push(() => this.close());
    wires.push(this.wire);
  }

  /** A token of its user. */
  token(): Promise<string> {
    return tokenOf(this.user, this.roles);
  }

  /** Sends a text, with a body if it chooses something, and waits for the whole answer. */
  ask(text: string, body?: object): Promise<string> {
    const answer = this.chat.sendMessage({ text }, body && { body }).then(() => this.answer());
    // A test that fails before it awaits the answer should not take the others with it.
    answer.catch(() => {});
    return answer;
  }

  /** The text of the last answer, which must have ended well. */
  answer(): string {
    assert.equal(this.chat.status, 'ready', `the chat says: ${this.chat.error?.stack}`);
    return this.text();
  }

  /** The last assistant message so far. */
  message(): UIMessage | undefined {
    return this.chat.messages.findLast(message => message.role === 'assistant');
  }

  /** The text of the last assistant message so far. */
  text(): string {
    return textOf(this.message());
  }

  /** The calls of tools in the last assistant message so far. */
  calls(): Call[] {
    return callsOf(this.message());
  }

  /** The turn of the last assistant message. */
  turnId(): string {
    const { turnId } = (this.message()?.metadata ?? {}) as { turnId?: string };
    assert.equal(typeof turnId, 'string', `no turn in ${JSON.stringify(this.message())?.slice(0, 300)}`);
    return turnId!;
  }

  /** Answers an approval; the SDK's client sends it when it was the last that is open, and this waits for what follows. */
  async confirm(call: Call, approved: boolean, reason?: string): Promise<string> {
    const sent = this.wire.sentFrames;
    await this.chat.addToolApprovalResponse({ id: call.approval!.id, approved, reason });
    if (this.calls().every(({ state }) => state !== 'approval-requested')) {
      await until('the answer on its way', () => this.wire.sentFrames > sent, () => this.calls());
      await until(
        'what follows the answer',
        () => ['ready', 'error'].includes(this.chat.status),
        () => this.wire.frames.slice(-5),
      );
    }
    return this.answer();
  }

  /** The id of the answer that began last, whether it says something or not. */
  started(): string | undefined {
    const chunk = this.wire.frames.findLast(frame => frame.chunk?.type === 'start')?.chunk;
    return chunk?.type === 'start' ? chunk.messageId : undefined;
  }

  /** Waits until a frame has gone out. */
  async sent(): Promise<void> {
    const before = this.wire.sentFrames;
    await until('a frame on its way', () => this.wire.sentFrames > before);
  }

  /** Waits until the answer holds at least n numbers. */
  async counted(n: number): Promise<void> {
    await until(
      `${n} numbers`,
      () => numbers(this.text()).length >= n || this.chat.status === 'error',
      () => this.text(),
    );
    assert.ok(numbers(this.text()).length >= n, `the chat says: ${this.chat.error?.stack}`);
  }

  /** Waits until a chunk of this type has come, over whichever request, and returns its frame. */
  async chunk(type: UIMessageChunk['type']): Promise<Frame> {
    const found = () => this.wire.frames.find(frame => frame.chunk?.type === type);
    await until(`a chunk ${type}`, () => found() !== undefined, () => this.wire.frames.slice(-5));
    return found()!;
  }

  /** The tab is gone: its sockets close, with no word to the server. */
  close(): void {
    this.transport.close();
    this.sockets.forEach(socket => socket.close());
  }
}

/** A line to the system that can be cut, as a lost network does. */
export class Line {
  readonly url: string;
  readonly #port: number;
  readonly #server: Server;
  readonly #ends = new Set<Socket>();
  #silent = false;
  #refusals = 0;
  #breaks: number[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
    server.on('connection', near => this.#connected(near));
    closers.push(() => {
      this.cut();
      server.close();
    });
  }

  static async open(): Promise<Line> {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return new Line(server);
  }

  /** Resets every connection; new ones may come. */
  cut(): void {
    this.#ends.forEach(end => end.resetAndDestroy());
  }

  /** Resets the next connections in the middle of their handshake. */
  refuse(connections: number): void {
    this.#refusals = connections;
  }

  /** Resets the connections that are there, and each of those that come next when it has brought so many bytes. */
  breakAfter(bytes: number[]): void {
    this.#breaks = [...bytes];
    this.cut();
  }

  /** How many of those have not come yet, or not brought enough. */
  get breaksLeft(): number {
    return this.#breaks.length;
  }

  /** From now on nothing passes, either way, though the connections stay and new ones may come. */
  silence(): void {
    this.#silent = true;
    this.#ends.forEach(end => end.unpipe().pause());
  }

  /** New connections pass again. The silenced ones stay silent. */
  speak(): void {
    this.#silent = false;
  }

  /** The server is gone: connections are reset, and new ones refused. */
  async down(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.#server.close(resolve));
  }

  /** The server is back. */
  async up(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(this.#port, '127.0.0.1', resolve));
  }

  #connected(near: Socket): void {
    const { hostname, port } = new URL(HOLDFAST_URL);
    if (this.#refusals > 0) {
      this.#refusals--;
      near.on('error', () => {});
      near.once('data', () => near.resetAndDestroy());
      return;
    }
    const far = connect(Number(port), hostname);
    this.#breakWhenDue(near, far);
    for (const [end, other] of [[near, far], [far, near]] as const) {
      this.#ends.add(end);
      end.setNoDelay(true);
      if (this.#silent) {
        end.pause();
      } else {
        end.pipe(other);
      }
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.#ends.delete(end);
        other.destroy();
      });
    }
  }

  #breakWhenDue(near: Socket, far: Socket): void {
    let brought = 0;
    far.on('data', (bytes: Buffer) => {
      brought += bytes.length;
      if (this.#breaks.length > 0 && brought >= this.#breaks[0]!) {
        this.#breaks.shift();
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    });
  }
}

/** A socket without the AI SDK, to send what its client would not. */
export class RawSocket {
  readonly wire: Wire;
  readonly #socket: WebSocket;
  #closed: CloseEvent | undefined;

  private constructor(socket: WebSocket, wire: Wire) {
    this.wire = wire;
    this.#socket = socket;
    socket.addEventListener('close', event => (this.#closed = event));
    closers.push(() => socket.close());
    wires.push(wire);
  }

  /** Opens a socket for a user. */
  static async open(user = newUser()): Promise<RawSocket> {
    return RawSocket.by(await tokenOf(user));
  }

  /** Opens a socket by a token or a key. */
  static async by(token: string): Promise<RawSocket> {
    const wire = new Wire();
    const socket = new (auditedSocket(wire))(`${HOLDFAST_URL.replace(/^http/, 'ws')}/ws?token=${encodeURIComponent(token)}`);
    const raw = new RawSocket(socket, wire);
    await until('an open socket', () => raw.isOpen, () => raw.closeCode);
    return raw;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Why the socket closed, if it has. */
  get closeCode(): number | undefined {
    return this.#closed?.code;
  }

  close(): void {
    this.#socket.close();
  }

  /** Sends a text as it is, or a frame as JSON. */
  send(frame: string | object): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends a frame and waits for the one that ends its request. */
  async ask(frame: { requestId: string }): Promise<Frame> {
    this.send(frame);
    return this.end(frame.requestId);
  }

  /** Waits for the frame that ends a request. */
  async end(requestId: string, limitMs = LIMIT_MS): Promise<Frame> {
    await until(
      `the end of ${requestId}`,
      () => this.wire.last(requestId) !== undefined,
      () => [this.closeCode, this.wire.frames.slice(-3)],
      limitMs,
    );
    return this.wire.last(requestId)!;
  }

  /** Shows that the socket is alive: pings until a pong comes. A ping may be refused while there are too many frames. */
  async ping(): Promise<void> {
    const answered = (type: string, requestId: string) => this.wire.of(requestId).some(frame => frame.type === type);
    let requestId = '';
    await until(
      'a pong',
      () => {
        if (requestId === '' || answered('error', requestId)) {
          requestId = `ping-${randomUUID()}`;
          this.send({ type: 'ping', requestId });
        }
        return answered('pong', requestId);
      },
      () => [this.closeCode, this.wire.frames.slice(-3)],
    );
  }

  /** The text of a request's answer so far. */
  text(requestId: string): string {
    return this.wire
      .chunks(requestId)
      .map(chunk => (chunk.type === 'text-delta' ? chunk.delta : ''))
      .join('');
  }
}

/** A `send` frame as the AI SDK's client writes it. */
export function sendFrame(session: string, text: string, over: Record<string, unknown> = {}) {
  return {
    type: 'send',
    requestId: randomUUID() as string,
    id: session,
    trigger: 'submit-message',
    messages: [userMessage(text)],
    headers: {},
    body: {},
    ...over,
  };
}

/** A user's message. */
export function userMessage(text: string, id: string = randomUUID()): UIMessage {
  return { id, role: 'user', parts: [{ type: 'text', text }] };
}

/** The text parts of a message. */
export function textOf(message: UIMessage | undefined): string {
  return (message?.parts ?? []).map(part => (part.type === 'text' ? part.text : '')).join('');
}

/** The numbers in a text. */
export function numbers(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** The numbers 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
