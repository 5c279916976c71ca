import type { Connector } from './connector.ts';
import { readClientFrame, readServerFrame, type ServerFrame, textOf } from './frames.ts';
import type { Link } from './link.ts';
import { OpenRequest } from './request.ts';
import type { Settings } from './settings.ts';
import { Watch } from './watch.ts';

/** API Gateway takes frames of 32 KB, and closes the connection at a larger one with this code. */
const TOO_LARGE = 1009;
const FRAME_BYTES = 32 * 1024;

/** How long after its last chunk an answer waits for the frame `end`, in ms. */
const END_MS = 5_000;

/** While answers are open, the watch has a share of the pings: each time that so many have gone out. */
const WATCH_EVERY = 3;

const TOO_MANY = 'Too many messages are waiting for the connection.';
const TOO_LONG = 'The message is too long to be sent.';
const OUTDATED = 'The connection was lost for too long: the answer has to be loaded again.';

/**
 * Whether an error of the chat means that a half-shown answer went on without this page and cannot be resumed: what is
 * shown should be loaded again from the server.
 */
export function isOutdated(error: unknown): boolean {
  return error instanceof Error && error.message === OUTDATED;
}

/** A question on one link. */
type Ask = {
  /** What the transport had when it was asked; -1 for nothing. */
  readonly lastSequence: number;
  /** Whether it had been asked before, so that its errors may be ours. */
  readonly again: boolean;
  readonly bytes: number;
  at: number;
  /** Whether the server has taken it up. */
  answered: boolean;
  /** Whether the server goes on with the answer that the transport has: only then may it be aborted. */
  verified: boolean;
  /** Whether what comes now has a gap before it. */
  broken: boolean;
};

/** What the exchange needs of the connections. */
type Links = Pick<Connector, 'link' | 'connectIn' | 'pauseMs' | 'worked'>;

/**
 * Everything that the transport has asked and that has not ended: asks it again on each new link, and hands on each
 * frame once and in order.
 */
export class Exchange {
  readonly #settings: Settings;
  readonly #now: () => number;
  readonly #after: (ms: number, call: () => void) => () => void;
  readonly #links: Links;
  readonly #handOn: (text: string) => void;
  readonly #watch: Watch | undefined;
  readonly #open = new Map<string, OpenRequest>();
  readonly #asks = new WeakMap<Link, Map<OpenRequest, Ask>>();
  /** Frames that are no requests, in wait for a connection. */
  readonly #others: string[] = [];
  /** Aborts that are held back, by requestId: what lets go of them. */
  readonly #held = new Map<string, () => void>();
  /** Links whose successor is on its way because of a fault. */
  readonly #faulty = new WeakSet<Link>();
  /** How often in a row the server has failed. */
  #faults = 0;
  #pings = 0;

  constructor(
    settings: Settings,
    environment: { now(): number; after(ms: number, call: () => void): () => void },
    links: Links,
    handOn: (text: string) => void,
  ) {
    this.#settings = settings;
    this.#now = () => environment.now();
    this.#after = (ms, call) => environment.after(ms, call);
    this.#links = links;
    this.#handOn = handOn;
    this.#watch = settings.watch && new Watch(settings.watch, settings.log, this.#now);
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Characters that wait for a connection. */
  get waiting(): number {
    const texts = [...this.#others, ...[...this.#open.values()].filter(request => !request.sent).map(request => request.frame)];
    return texts.reduce((sum, text) => sum + text.length, 0);
  }

  /** Takes a frame of the transport. */
  send(text: string): void {
    const frame = readClientFrame(text);
    if (frame === undefined) {
      this.#pass(text);
    } else if (frame.type === 'abort') {
      this.#abort(frame.requestId);
    } else {
      this.#begin(new OpenRequest(frame.requestId, frame.id, frame.type, text));
    }
  }

  /** Goes on with everything over a new link. */
  linked(link: Link): void {
    this.#watch?.ask(link);
    for (const request of [...this.#open.values()]) {
      if (!this.#asksOn(link).has(request)) {
        this.#ask(link, request);
      }
    }
    this.#others.splice(0).forEach(text => link.send(text));
  }

  received(link: Link, data: unknown): void {
    const text = textOf(data);
    const frame = text === undefined ? undefined : readServerFrame(text);
    if (text === undefined || frame === undefined) {
      this.#junk(link);
      return;
    }
    const request = this.#open.get(frame.requestId);
    const ask = request && this.#asksOn(link).get(request);
    if (frame.type === 'pong') {
      // A server that answers pings and nothing else does not work.
      if (this.#openAsksOn(link).every(([, one]) => one.answered)) {
        this.#links.worked(link);
      }
    } else if (frame.requestId === this.#watch?.requestId) {
      // What an old link still says has been said on its successor, or will be.
      if (link === this.#links.link) {
        this.#watch.received(link, frame);
      }
    } else if (request !== undefined && ask !== undefined) {
      this.#answer(link, request, ask, frame, text);
    } else if (frame.type === 'event' || frame.type === 'error') {
      this.#handOn(text);
    }
  }

  lost(link: Link, code: number | undefined): void {
    if (code === TOO_LARGE) {
      this.#refuseTheLargest(link);
    }
    for (const request of [...this.#open.values()]) {
      if (request.isFinished) {
        this.#finish(request);
      }
    }
  }

  hasMovedTo(link: Link): boolean {
    const asks = this.#asksOn(link);
    return [...this.#open.values()].every(request => asks.get(request)?.answered);
  }

  /**
   * Pings under the ids of open requests in turns: a hint for the server to see whether that one is stuck. Under the id of
   * the watch it brings the state of the session: that is beside those, or in the place of one that is for nothing.
   */
  ping(link: Link): void {
    const ids = [...this.#open.values()].filter(request => request.sent).map(request => request.requestId);
    const turn = this.#pings++;
    const watch = this.#watch?.isOn(link) ? this.#watch.requestId : undefined;
    link.ping(ids[turn % ids.length] ?? watch ?? `ping-${turn}`);
    if (watch !== undefined && ids.length > 0 && turn % WATCH_EVERY === 0) {
      link.ping(watch);
    }
  }

  /** Asks again what the server has not taken up for too long, the watch too, and ends what lacks nothing but its `end`. */
  tick(now: number): void {
    for (const request of [...this.#open.values()]) {
      if (request.finishedAt !== undefined && now - request.finishedAt >= END_MS) {
        this.#finish(request);
      }
    }
    const link = this.#links.link;
    if (link !== undefined) {
      this.#watch?.ask(link);
    }
    const late =
      link === undefined ? [] : this.#openAsksOn(link).filter(([, ask]) => !ask.answered && now - ask.at >= this.#settings.answerWithinMs);
    if (late.length > 0) {
      late.forEach(([, ask]) => (ask.at = now));
      this.#settings.log('The server did not answer in time.');
      this.#links.connectIn(0);
    }
  }

  /** Sends what was held back. */
  close(): void {
    for (const [requestId, release] of this.#held) {
      release();
      this.#stop(requestId);
    }
    this.#held.clear();
  }

  #pass(text: string): void {
    if (this.#links.link !== undefined) {
      this.#links.link.send(text);
    } else if (this.#others.length < this.#settings.maxWaiting) {
      this.#others.push(text);
    } else {
      this.#settings.log('A frame was thrown away: too many wait for the connection.');
    }
  }

  #begin(request: OpenRequest): void {
    if (request.kind === 'resume') {
      this.#replaceResumes(request.session);
    }
    const link = this.#links.link;
    if (link === undefined && this.#open.size >= this.#settings.maxWaiting) {
      this.#handOn(errorFrame(request, TOO_MANY));
      return;
    }
    this.#open.set(request.requestId, request);
    if (link !== undefined) {
      this.#ask(link, request);
    }
  }

  /**
   * `Chat` aborts a resumed answer when it is told to resume again. That is no stop: the answer goes on for everyone,
   * and on this page in the newer request.
   */
  #replaceResumes(session: string): void {
    for (const [requestId, release] of this.#held) {
      if (this.#open.get(requestId)?.session === session) {
        release();
        this.#held.delete(requestId);
        this.#open.delete(requestId);
        this.#settings.log('An abort was not sent: a newer resume replaces the older one.');
      }
    }
  }

  #abort(requestId: string): void {
    const request = this.#open.get(requestId);
    if (request === undefined || request.isFinished) {
      // After the last chunk there is nothing to stop: `Chat` aborts, for example, what ended with an error.
      return;
    }
    if (request.kind === 'resume' && this.#settings.holdAbortMs > 0) {
      this.#held.set(
        requestId,
        this.#after(this.#settings.holdAbortMs, () => {
          this.#held.delete(requestId);
          this.#stop(requestId);
        }),
      );
    } else {
      this.#stop(requestId);
    }
  }

  /** Stops the turn of a request, now or as soon as there is a connection. */
  #stop(requestId: string): void {
    const request = this.#open.get(requestId);
    if (request === undefined || request.isFinished) {
      return;
    }
    if (!request.sent) {
      this.#open.delete(requestId);
      return;
    }
    request.aborted = true;
    const link = this.#links.link;
    const ask = link && this.#asksOn(link).get(request);
    if (link !== undefined && ask?.verified) {
      link.send(abortFrame(request));
    }
  }

  #ask(link: Link, request: OpenRequest): void {
    if (request.isFinished) {
      this.#finish(request);
      return;
    }
    const question = request.question();
    const { lastSequence } = request;
    const bytes = new TextEncoder().encode(question).length;
    // The original is what was meant, whatever it finds; a resume may find another answer.
    const verified = lastSequence < 0 || (request.kind === 'send' && question === request.frame);
    const ask = { lastSequence, again: request.sent, bytes, at: this.#now(), answered: false, verified, broken: false };
    this.#asksOn(link).set(request, ask);
    request.sent = true;
    link.send(question);
    if (request.aborted && ask.verified) {
      link.send(abortFrame(request));
    }
  }

  #answer(link: Link, request: OpenRequest, ask: Ask, frame: ServerFrame, text: string): void {
    switch (frame.type) {
      case 'start':
        this.#takenUp(link, ask);
        if (frame.part !== undefined) {
          request.receives(frame.part);
        }
        if (frame.sequence === undefined || frame.sequence === ask.lastSequence + 1) {
          this.#verify(link, request, ask);
        }
        if (request.kind === 'resume' && !request.announced) {
          request.announced = true;
          this.#handOn(text);
        }
        break;
      case 'chunk':
        this.#takenUp(link, ask);
        switch (request.take(frame.sequence, frame.chunk, this.#now())) {
          case 'next':
            this.#progress(request);
            this.#handOn(text);
            break;
          case 'known':
            // A replay from the start, of the same answer.
            this.#verify(link, request, ask);
            break;
          case 'gap':
            if (!ask.broken) {
              ask.broken = true;
              this.#fault(link, 'There was a gap');
            }
            break;
          case 'other':
            this.#outdated(request);
        }
        break;
      case 'end':
        this.#takenUp(link, ask);
        if (!ask.broken) {
          this.#progress(request);
          this.#open.delete(request.requestId);
          this.#handOn(text);
        }
        break;
      case 'no-active':
        this.#takenUp(link, ask);
        if (ask.lastSequence < 0) {
          this.#open.delete(request.requestId);
          this.#handOn(text);
        } else {
          this.#outdated(request);
        }
        break;
      case 'error':
        this.#takenUp(link, ask);
        if (link !== this.#links.link || (ask.again && !this.#fails(request))) {
          // The transport did not ask this question, so it should not have to deal with, say, "too many requests"; and
          // what has been asked on a newer link is answered there.
          ask.broken = true;
          this.#fault(link, 'A question was refused');
        } else {
          this.#open.delete(request.requestId);
          this.#handOn(text);
        }
    }
  }

  #takenUp(link: Link, ask: Ask): void {
    ask.answered = true;
    this.#links.worked(link);
  }

  #progress(request: OpenRequest): void {
    request.failures = 0;
    this.#faults = 0;
  }

  #verify(link: Link, request: OpenRequest, ask: Ask): void {
    if (!ask.verified) {
      ask.verified = true;
      if (request.aborted && link === this.#links.link) {
        link.send(abortFrame(request));
      }
    }
  }

  /** Something that is no frame of the server: the gateway speaks, and somebody's request has failed. */
  #junk(link: Link): void {
    if (link !== this.#links.link) {
      return;
    }
    // However often that happens: a server that crashes is no reason to give a message up. The pauses grow.
    if (this.#open.size > 0) {
      this.#fault(link, 'The server failed');
    }
  }

  /** Counts a failure; whether it was one too many. */
  #fails(request: OpenRequest): boolean {
    return ++request.failures >= this.#settings.maxFailures;
  }

  /** Everything is asked again, over a new connection, after a pause that grows with each fault. */
  #fault(link: Link, what: string): void {
    // On a link that has a successor, or is gone, everything has been asked again or will be.
    if (link === this.#links.link && !this.#faulty.has(link)) {
      this.#faulty.add(link);
      this.#settings.log(`${what}; everything that is open will be asked again.`);
      this.#links.connectIn(this.#links.pauseMs(this.#faults++));
    }
  }

  /**
   * The rest of a half-shown answer cannot be had: its turn has a successor by now, or its stream has expired. To end it
   * as if it were whole would be a lie, so it ends with an error.
   */
  #outdated(request: OpenRequest): void {
    this.#refuse(request, OUTDATED);
  }

  #refuse(request: OpenRequest, words: string): void {
    this.#open.delete(request.requestId);
    if (!request.aborted) {
      this.#handOn(errorFrame(request, words));
    }
  }

  /** The last chunk is there, only the frame `end` was lost. */
  #finish(request: OpenRequest): void {
    this.#open.delete(request.requestId);
    this.#handOn(JSON.stringify({ type: 'end', requestId: request.requestId }));
  }

  #refuseTheLargest(link: Link): void {
    const unanswered = this.#openAsksOn(link).filter(([, ask]) => !ask.answered);
    const tooLarge = unanswered.filter(([, ask]) => ask.bytes > FRAME_BYTES);
    const largest = unanswered.toSorted(([, one], [, other]) => other.bytes - one.bytes).slice(0, 1);
    (tooLarge.length > 0 ? tooLarge : largest).forEach(([request]) => this.#refuse(request, TOO_LONG));
  }

  #asksOn(link: Link): Map<OpenRequest, Ask> {
    const asks = this.#asks.get(link) ?? new Map<OpenRequest, Ask>();
    this.#asks.set(link, asks);
    return asks;
  }

  /** The questions on a link whose requests are still open. */
  #openAsksOn(link: Link): [OpenRequest, Ask][] {
    return [...this.#asksOn(link)].filter(([request]) => this.#open.get(request.requestId) === request);
  }
}

function abortFrame(request: OpenRequest): string {
  return JSON.stringify({ type: 'abort', requestId: request.requestId });
}

function errorFrame(request: OpenRequest, errorText: string): string {
  return JSON.stringify({ type: 'error', requestId: request.requestId, errorText });
}
