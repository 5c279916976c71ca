import { readEvent, type SessionEvent } from './events.ts';
import type { ServerFrame } from './frames.ts';
import type { Link } from './link.ts';

/** The session that is watched, and who is told what happens in it. */
export interface WatchOptions {
  /** The session. It need not exist yet. */
  id: string;
  /** Told what happens. A fault of it is reported, and disturbs nothing. */
  onEvent: (event: SessionEvent) => void;
  /** Told in words that the server refuses it: somebody else's session. It is asked again with the next connection. */
  onError?: (errorText: string) => void;
}

/** How the watch is on one link. */
type Asked = { at: number; state: 'asked' | 'watching' | 'refused' };

/** How long an answer to `watch` is waited for until it is asked again, in ms. */
const ANSWER_MS = 5_000;

/** Asks on each link for the events of a session, and hands on those of the newest. */
export class Watch {
  /** One for all links: the server knows a request by its connection too. */
  readonly requestId = 'watch';
  readonly #options: WatchOptions;
  readonly #log: (line: string) => void;
  readonly #now: () => number;
  readonly #links = new WeakMap<Link, Asked>();

  constructor(options: WatchOptions, log: (line: string) => void, now: () => number) {
    this.#options = options;
    this.#log = log;
    this.#now = now;
  }

  /** Asks on a link, unless that has been done a moment ago, or has been answered. */
  ask(link: Link): void {
    const asked = this.#links.get(link);
    if (asked === undefined || (asked.state === 'asked' && this.#now() - asked.at >= ANSWER_MS)) {
      this.#links.set(link, { at: this.#now(), state: 'asked' });
      link.send(JSON.stringify({ type: 'watch', requestId: this.requestId, id: this.#options.id }));
    }
  }

  /** Whether a ping under its id brings the state of the session. */
  isOn(link: Link): boolean {
    return this.#links.get(link)?.state === 'watching';
  }

  /** Takes a frame under its id, of the newest link. */
  received(link: Link, frame: ServerFrame): void {
    const asked = this.#links.get(link);
    if (frame.type === 'event') {
      if (asked !== undefined) {
        asked.state = 'watching';
      }
      const event = readEvent(frame.event);
      if (event !== undefined) {
        guarded(() => this.#options.onEvent(event));
      }
    } else if (frame.type === 'error') {
      this.#log('The session cannot be watched.');
      if (asked?.state === 'asked') {
        asked.state = 'refused';
      }
      guarded(() => this.#options.onError?.(frame.errorText));
    }
  }
}

/** Calls what is not ours. As in browsers, its fault is reported and does not disturb the socket. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
