import { pauseMs } from '../backoff.ts';
import { platform, type Environment } from '../socket/environment.ts';
import { blocks, type Block } from './event-stream.ts';

/** All of them may be left out. */
export interface JoinWindowsOptions {
  /** What asks; the platform's own if left out. */
  fetch?: typeof globalThis.fetch;
  /** Headers of each request, asked for each: the place for a token that expires. They replace those that the caller gives. */
  headers?: () => HeadersInit | PromiseLike<HeadersInit>;
  /** Milliseconds to the second attempt after a failure, about; each failure doubles it. 100. */
  firstRetryMs?: number;
  /** What it grows to, about. 5,000. */
  longestRetryMs?: number;
  /** Milliseconds of failures in a row until the stream fails for good; never if left out. */
  giveUpAfterMs?: number;
}

/** What the server says of a turn that goes on when a human has answered (`StreamRoutes`). */
const WAITS = 'waits for a human';

/** How long a stream stays away between windows, if the server does not say. */
const RETRY_MS = 100;

/**
 * A `fetch` that reads the windows of Holdfast's streams as one stream, for whoever does not come back by themselves, as
 * an `EventSource` does: the AI SDK's transports over HTTP.
 *
 * An answer of events goes on with the next window, after the last event that has come whole, until `[DONE]`, 204, or a
 * turn that waits for a human. A connection that is lost in the middle, 429 and 5xx are tried again. The answer to a
 * message, which names a stream, is replaced by that stream. Everything else is handed on as it is.
 *
 * What ends it with an error is said in words: another status, such as 401 for a token that has expired, or 410.
 */
export function joinWindows(options: JoinWindowsOptions = {}, environment: Environment = platform): typeof globalThis.fetch {
  return async (input, init) => {
    const given = input instanceof Request ? input : undefined;
    // Not a request made of both: it may be collected as garbage, and what follows its signal with it.
    const signal = init?.signal ?? given?.signal;
    const end = new AbortController();
    const abort = () => end.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) {
      abort();
    }
    const url = given?.url ?? new Request(input).url;
    const release = () => signal?.removeEventListener('abort', abort);
    const reader = new Reader(options, environment, new Headers(init?.headers ?? given?.headers), end, release);
    const answer = await reader.ask(input, init);
    if (isStream(answer)) {
      return reader.joined(url, answer);
    }
    const stream = answer.ok ? await streamOf(url, answer) : undefined;
    return stream === undefined ? answer : reader.joined(stream, await reader.window(stream, undefined));
  };
}

/** One caller's reading. */
class Reader {
  readonly #options: JoinWindowsOptions;
  readonly #environment: Environment;
  readonly #headers: Headers;
  readonly #end: AbortController;
  /** Ends what binds the caller's signal to `end`: it may live long, and serve many. */
  readonly #release: () => void;
  /** In a row. */
  #failures = 0;
  #failingSince = 0;

  constructor(options: JoinWindowsOptions, environment: Environment, headers: Headers, end: AbortController, release: () => void) {
    this.#options = options;
    this.#environment = environment;
    this.#headers = headers;
    this.#end = end;
    this.#release = release;
  }

  async ask(input: RequestInfo | URL, init: RequestInit | undefined, headers = new Headers(this.#headers)): Promise<Response> {
    new Headers(await this.#options.headers?.()).forEach((value, name) => headers.set(name, value));
    // Looked up for each request: a page may have put another in its place.
    const ask = this.#options.fetch ?? globalThis.fetch;
    return ask(input, { ...init, headers, signal: this.#end.signal });
  }

  /** The first answer, and all that follow it. */
  joined(url: string, first: Response): Response {
    if (!isStream(first)) {
      return first;
    }
    const events = this.#events(url, first);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      pull: async controller => {
        const { value, done } = await events.next();
        if (done) {
          controller.close();
        } else {
          controller.enqueue(encoder.encode(value));
        }
      },
      cancel: reason => {
        this.#release();
        this.#end.abort(reason);
      },
    });
    const headers = new Headers(first.headers);
    // Of the first window alone.
    headers.delete('content-length');
    headers.delete('content-encoding');
    return new Response(body, { status: first.status, headers });
  }

  async *#events(url: string, first: Response): AsyncGenerator<string> {
    let cursor: string | undefined;
    try {
      for (let window = first; isStream(window); window = await this.window(url, cursor)) {
        let retry = RETRY_MS;
        try {
          for await (const block of blocks(window)) {
            if (block.retry === undefined) {
              this.#failures = 0;
            }
            if (block.data !== undefined) {
              cursor = block.id ?? cursor;
              // Who got something asks soon what is next, also where there is much time: perhaps a human is asked.
              retry = RETRY_MS;
              yield eventOf(block);
            }
            if (block.data === '[DONE]' || block.comment === WAITS) {
              return;
            }
            retry = block.retry ?? retry;
          }
        } catch (lost) {
          // What came whole is handed on; the next window begins behind it.
          await this.#failed(lost);
          continue;
        }
        await this.#pause(retry);
      }
    } finally {
      this.#release();
    }
  }

  /** A window, or 204 if there is no more; tried again while the way to it is the fault. */
  async window(url: string, cursor: string | undefined): Promise<Response> {
    for (;;) {
      const headers = new Headers(this.#headers);
      headers.delete('content-type');
      headers.set('accept', 'text/event-stream');
      if (cursor !== undefined) {
        headers.set('last-event-id', cursor);
      }
      let answer: Response;
      try {
        answer = await this.ask(url, undefined, headers);
      } catch (lost) {
        await this.#failed(lost);
        continue;
      }
      if (isStream(answer) || answer.status === 204) {
        return answer;
      }
      const refusal = new Error(`The stream answered ${answer.status}: ${await answer.text()}`);
      if (answer.status !== 429 && answer.status < 500) {
        throw refusal;
      }
      await this.#failed(refusal, Number(answer.headers.get('retry-after') ?? 0) * 1_000 || 0);
    }
  }

  /** Waits for the next attempt, longer from one to the next; throws the failure if it is the last, or if nobody reads. */
  async #failed(failure: unknown, atLeastMs = 0): Promise<void> {
    this.#end.signal.throwIfAborted();
    const { firstRetryMs = 100, longestRetryMs = 5_000, giveUpAfterMs = Infinity } = this.#options;
    if (this.#failures === 0) {
      this.#failingSince = this.#environment.now();
    }
    const pause = pauseMs(this.#failures++, { firstRetryMs, longestRetryMs }, this.#environment.random());
    const wait = Math.max(pause, atLeastMs);
    if (this.#environment.now() + wait - this.#failingSince > giveUpAfterMs) {
      throw failure;
    }
    await this.#pause(wait);
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#end;
    return new Promise((resolve, reject) => {
      const wake = this.#environment.after(ms, () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
      const stop = () => {
        wake();
        reject(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) {
        stop();
      }
    });
  }
}

const isStream = ({ status, headers }: Response) => status === 200 && (headers.get('content-type') ?? '').startsWith('text/event-stream');

/** The event as it came, so that whoever reads it sees its id. */
const eventOf = ({ id, data }: Block) => `${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;

/** Where the answer to a message streams: `streamUrl` is relative to the API, whose path may be longer than `/`. */
async function streamOf(url: string, answer: Response): Promise<string | undefined> {
  if (!(answer.headers.get('content-type') ?? '').includes('json')) {
    return undefined;
  }
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const path = (body as { streamUrl?: unknown } | null | undefined)?.streamUrl;
  if (typeof path !== 'string') {
    return undefined;
  }
  const api = new URL(url);
  const prefix = /^(.*)\/(?:sessions\/[^/]+\/messages|turns)$/.exec(api.pathname)?.[1] ?? '';
  return new URL(prefix + path, api).href;
}
