import assert from 'node:assert/strict';
import type { ResumingWebSocketOptions } from '../../web/src/index.ts';
import { type Frame, HOLDFAST_URL, numbers, Tab, upTo, type Wire } from '../../web/test/support.ts';

type Chunk = NonNullable<Frame['chunk']>;
type Transport = Tab['transport'];

/** What must not happen. */
export type Problem = { what: 'lost' | 'duplicated' | 'gap' | 'error' | 'changed'; who: string; seen: string };

/** Whose conversation it is, and how far its answer counts. */
export type About = { session: string; user: string; n: number };

/**
 * Somebody who reads an answer through the real AI SDK client, over the platform's own socket (`stock`) or a
 * `ResumingWebSocket`. It notes each chunk that the chat gets, and how long it had to wait after a fault.
 */
export class Reader {
  readonly tab: Tab;
  readonly who: string;
  /** Of each fault that hit it: how long the next chunk took, in ms. */
  readonly waits: number[] = [];
  /** How many faults hit it while its answer was running. */
  hits = 0;
  readonly #n: number;
  readonly #isStock: boolean;
  readonly #statuses = new Set<string>();
  readonly #chunks: Chunk[] = [];
  #text = '';
  #ended = false;
  /** Runs from a fault to the first chunk that tells that it is over. */
  #clock: { from: number; stops: (chunk: Chunk) => boolean } | undefined;

  constructor({ session, user, n }: About, resuming?: ResumingWebSocketOptions, url = HOLDFAST_URL) {
    this.tab = new Tab({ session, user, url, resuming });
    this.who = `${resuming ? 'resuming' : 'stock'} reader of ${session}`;
    this.#n = n;
    this.#isStock = resuming === undefined;
    const { chat, transport } = this.tab;
    chat['~registerStatusCallback'](() => this.#statuses.add(chat.status));
    const sendMessages: Transport['sendMessages'] = transport.sendMessages.bind(transport);
    transport.sendMessages = async options => this.#watched(await sendMessages(options));
    const reconnectToStream: Transport['reconnectToStream'] = transport.reconnectToStream.bind(transport);
    transport.reconnectToStream = async options => {
      const stream = await reconnectToStream(options);
      return stream && this.#watched(stream);
    };
  }

  /** Sends the message and reads to the end. */
  async ask(text: string): Promise<void> {
    await this.tab.chat.sendMessage({ text });
    this.#ended = true;
  }

  /** Joins, and reads to the end. */
  async join(): Promise<void> {
    await this.tab.chat.resumeStream();
    this.#ended = true;
  }

  /** How many numbers the chat has got, of the step that counts. */
  get count(): number {
    return numbers(this.#text).length;
  }

  /** Whether its answer has begun and lacks numbers. */
  get isRunning(): boolean {
    return this.#chunks.length > 0 && !this.#ended && this.count < this.#n;
  }

  get hasBegun(): boolean {
    return this.#chunks.length > 0;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /**
   * A fault hits it now, if its answer is running. A clock that runs already goes on: what counts is how long somebody
   * has to wait.
   *
   * @param stops whether a chunk can only have been sent after the fault was overcome
   */
  hit(stops: (chunk: Chunk) => boolean): void {
    if (this.isRunning) {
      this.hits++;
      this.#clock ??= { from: performance.now(), stops };
    }
  }

  /** What is wrong with what it got; waits for nothing. */
  async problems(): Promise<Problem[]> {
    const problems: Problem[] = [];
    const add = (what: Problem['what'], seen: string) => problems.push({ what, who: this.who, seen });
    const { chat } = this.tab;
    if (!this.#ended) {
      add('lost', `no end; ${this.#state()}`);
    }
    if (this.#statuses.has('error')) {
      add('error', `the chat says: ${chat.error?.message}; ${this.#state()}`);
    }
    problems.push(...textProblems(this.who, this.tab.text(), this.#n, this.#state()));
    const chunks = this.#requests().flatMap(requestId => this.tab.wire.chunks(requestId));
    try {
      assert.deepEqual(this.#chunks, chunks);
    } catch {
      const what = this.#chunks.length < chunks.length ? 'lost' : this.#chunks.length > chunks.length ? 'duplicated' : 'changed';
      add(what, `${this.#chunks.length} chunks came to the chat, of ${chunks.length} on the wire; ${this.#state()}`);
    }
    for (const wire of [this.tab.wire, ...this.tab.links]) {
      const fault = await faultOf(wire);
      if (fault !== undefined) {
        add(fault.includes('a gap before') ? 'gap' : 'changed', fault);
      }
    }
    if (this.#isStock && this.tab.sockets.some(socket => socket.readyState !== WebSocket.OPEN)) {
      add('gap', `its socket has closed; ${this.#state()}`);
    }
    return problems;
  }

  #watched(stream: ReadableStream<Chunk>): ReadableStream<Chunk> {
    const transform = (chunk: Chunk, controller: TransformStreamDefaultController<Chunk>) => {
      this.#got(chunk);
      controller.enqueue(chunk);
    };
    return stream.pipeThrough(new TransformStream({ transform }));
  }

  #got(chunk: Chunk): void {
    this.#chunks.push(chunk);
    if (chunk.type === 'text-delta') {
      this.#text += chunk.delta;
    } else if (chunk.type === 'reset-step') {
      this.#text = '';
    }
    if (this.#clock?.stops(chunk)) {
      this.waits.push(performance.now() - this.#clock.from);
      this.#clock = undefined;
    }
  }

  #requests(): string[] {
    return [...new Set(this.tab.wire.frames.map(frame => frame.requestId))];
  }

  #state(): string {
    const { chat, wire, log } = this.tab;
    const last = wire.frames.slice(-2).map(({ at: _, ...frame }) => JSON.stringify(frame).slice(0, 200));
    const started = wire.frames.find(frame => frame.chunk?.type === 'start')?.chunk;
    const turn = started?.type === 'start' ? JSON.stringify(started.messageMetadata) : 'none';
    return `status ${chat.status}, ${this.count} of ${this.#n} numbers, ${this.hits} hits, turn ${turn}, last frames ${last}, log ${log.slice(-6).join(' ')}`;
  }
}

/** What is wrong with a text that should count to n. */
export function textProblems(who: string, text: string, n: number, state = ''): Problem[] {
  const said = numbers(text);
  const distinct = new Set(said);
  const missing = upTo(n).filter(number => !distinct.has(number));
  const problems: Problem[] = [];
  if (missing.length > 0) {
    problems.push({ what: 'lost', who, seen: `${missing.length} numbers are missing, from ${missing[0]} on; ${state}` });
  }
  if (distinct.size < said.length) {
    const twice = said.filter((number, i) => said.indexOf(number) !== i);
    problems.push({ what: 'duplicated', who, seen: `twice: ${twice.slice(0, 10)}; ${state}` });
  }
  if (problems.length === 0 && text !== upTo(n).join(' ')) {
    problems.push({ what: 'changed', who, seen: `the text is ${JSON.stringify(text.slice(0, 300))}` });
  }
  return problems;
}

async function faultOf(wire: Wire): Promise<string | undefined> {
  try {
    await wire.verify();
    return undefined;
  } catch (fault) {
    return [String(fault), ...wire.faults].join(' ').slice(0, 800);
  }
}
