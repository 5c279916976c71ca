import type { Chunk, Part } from './frames.ts';

/** The chunks that can be the last of an answer. */
const LAST = ['finish', 'abort', 'error'];

/** What stands in the place of what was lost, when the server had to make a stream again. */
const FILLERS = ['reset-step', 'message-metadata'];

/** A chunk against what has come before: the next one, one that is known, one too far, or one of another answer. */
export type Place = 'next' | 'known' | 'gap' | 'other';

/** A `send` or `resume` of the transport that has not ended, and how much of its answer the transport has. */
export class OpenRequest {
  readonly requestId: string;
  readonly session: string;
  readonly kind: 'send' | 'resume';
  /** The frame, as the transport sent it. */
  readonly frame: string;
  /** Whether it has gone out on any connection. */
  sent = false;
  /** Whether the transport knows that a resumed stream follows. */
  announced = false;
  /** When the transport got the last chunk, so that only the `end` is missing. */
  finishedAt: number | undefined;
  /** Whether the transport has let go of it: the server should stop the turn. */
  aborted = false;
  /** How often in a row the server has failed to take it up. */
  failures = 0;
  #turnId: string | undefined;
  /** The turn's sequence that this request knows as 0. Known from the answer's `start`, or if the server says so. */
  #base: number | undefined;
  /** One number for each chunk that the transport has, so that a replay can be told from another answer. */
  readonly #prints: number[] = [];

  constructor(requestId: string, session: string, kind: 'send' | 'resume', frame: string) {
    this.requestId = requestId;
    this.session = session;
    this.kind = kind;
    this.frame = frame;
  }

  /** The last sequence that the transport has; -1 if it has nothing. */
  get lastSequence(): number {
    return this.#prints.length - 1;
  }

  get isFinished(): boolean {
    return this.finishedAt !== undefined;
  }

  /** Notes that it receives a part of a turn: what follows the answer to an approval, which no chunk `start` begins. */
  receives({ turnId, base }: Part): void {
    this.#turnId = turnId;
    this.#base = base;
  }

  /**
   * The frame that asks for what is missing: a resume where it left off, or the original again, while nothing has come
   * or it is not known what the sequences count from. The same message or answer twice counts once.
   */
  question(): string {
    if (this.lastSequence < 0 || this.#base === undefined) {
      return this.frame;
    }
    return JSON.stringify({
      type: 'resume',
      requestId: this.requestId,
      id: this.session,
      lastSequence: this.lastSequence,
      turnId: this.#turnId,
      base: this.#base === 0 ? undefined : this.#base,
      headers: {},
      body: {},
    });
  }

  /** Notes a chunk if it is the next one. */
  take(sequence: number, chunk: Chunk, now: number): Place {
    const place = sequence - this.#prints.length;
    if (place > 0) {
      return 'gap';
    }
    const print = printOf(chunk);
    if (place < 0) {
      return this.#prints[sequence] === print || FILLERS.includes(chunk.type) ? 'known' : 'other';
    }
    this.#prints.push(print);
    if (chunk.type === 'start') {
      this.#base ??= 0;
      if (typeof chunk.messageMetadata?.turnId === 'string') {
        this.#turnId = chunk.messageMetadata.turnId;
      }
    }
    this.finishedAt = LAST.includes(chunk.type) ? now : undefined;
    return 'next';
  }
}

/** A hash of 32 bits (FNV-1a). */
function printOf(chunk: Chunk): number {
  const text = JSON.stringify(chunk);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}
