import type { Operation, SessionEvent, TurnStatus } from '../socket/events.ts';
import { isOutdated } from '../socket/exchange.ts';
import { asks, type FollowedChat, type FollowedMessage, isFree, merged, pendingIn, turnOf } from './chat.ts';
import { Operations } from './operations.ts';

/** How often a chat that receives something is looked at while something waits for it, in ms. */
const LOOK_MS = 100;
/** The pause after a record that could not be loaded: doubled each time. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** How often the state of a session is a reason to load a result that has not come to the record yet. */
const LOOKS = 3;

export interface SessionFollowerOptions<M extends FollowedMessage> {
  /** The chat that is kept in step. */
  chat: FollowedChat<M>;
  /** Loads the session's messages from the record; `undefined` if there is no such session. It is tried again if it fails. */
  load: () => PromiseLike<readonly M[] | undefined>;
  /** Told when `isResuming` or `operations` has changed. */
  onChange?: () => void;
}

/**
 * Keeps a chat in step with its session, whichever tab something happens in: takes up answers that begin or go on
 * elsewhere, live, and loads what it has missed, such as the result of an operation that was not waited for.
 *
 *     const follower = new SessionFollower({ chat, load });
 *     ResumingWebSocket.with({ watch: { id, onEvent: event => follower.see(event) } });
 *
 * Events are hints: they may come twice, late, or in bursts. Whatever they hint at is compared with what the chat shows,
 * one thing at a time, whenever the chat receives nothing.
 */
export class SessionFollower<M extends FollowedMessage> {
  readonly #chat: FollowedChat<M>;
  readonly #load: () => PromiseLike<readonly M[] | undefined>;
  readonly #onChange: () => void;
  readonly #operations = new Operations();
  /** The turn that runs or waits, as far as is known. */
  #active: string | undefined;
  /** Whether it goes on from an answer that a human has given elsewhere. */
  #answered = false;
  /** Turns that have ended, of which it is not known yet whether the chat shows all. */
  readonly #ended = new Set<string>();
  /** Turns that have ended, of which the chat shows all that the record has. */
  readonly #settled = new Set<string>();
  /** The turn whose answer was loaded before it was known to have ended: there may be more of it. */
  #partial: string | undefined;
  /** Operations that have ended, whose results may have come to the record. */
  readonly #results = new Set<string>();
  /** Operation → how often its result was looked for. */
  readonly #looks = new Map<string, number>();
  /** Whether the record is to be loaded whatever is known. */
  #outdated = false;
  /** Whether something was said since the last comparison began. */
  #due = false;
  #comparing = false;
  #resuming = false;
  #failures = 0;
  #closed = false;
  #endPause: () => void = () => {};
  #endRetry: () => void = () => {};

  constructor({ chat, load, onChange = () => {} }: SessionFollowerOptions<M>) {
    this.#chat = chat;
    this.#load = load;
    this.#onChange = onChange;
    this.#partial = turnOf(chat.messages.at(-1));
  }

  /**
   * Whether it lets the chat receive an answer, and that has not ended. Until then nothing else should be sent:
   * `Chat` mixes up two answers at a time.
   */
  get isResuming(): boolean {
    return this.#resuming;
  }

  /** The operations that were told of, by their ids. */
  get operations(): ReadonlyMap<string, Operation> {
    return this.#operations.all;
  }

  /** Takes an event of the session. */
  see(event: SessionEvent): void {
    switch (event.type) {
      case 'watching':
        this.#watching(event);
        break;
      case 'turn-started':
      case 'turn-waiting':
        this.#goesOn(event.turnId);
        break;
      case 'turn-continued':
        this.#goesOn(event.turnId);
        this.#answeredElsewhere(event.turnId);
        break;
      case 'turn-ended':
        this.#hasEnded(event.turnId);
        this.#lookForResultsOf(event.turnId);
        break;
      case 'operation-changed':
        this.#operations.note(event.operation);
        if (this.#operations.hasEnded(event.operation.operationId)) {
          this.#results.add(event.operation.operationId);
        }
        this.#onChange();
        break;
      default:
        return;
    }
    this.#wake();
  }

  /** Loads the record again as soon as the chat receives nothing. */
  refresh(): void {
    this.#outdated = true;
    this.#endRetry();
    this.#wake();
  }

  /** Lets go of the chat. */
  close(): void {
    this.#closed = true;
    this.#endPause();
  }

  #watching({ activeTurn, latestTurn, operations }: Extract<SessionEvent, { type: 'watching' }>): void {
    for (const operation of operations) {
      this.#operations.note(operation);
      const { operationId } = operation;
      if (this.#operations.hasEnded(operationId) && (this.#looks.get(operationId) ?? 0) < LOOKS) {
        this.#results.add(operationId);
      }
    }
    if (latestTurn !== undefined && isFinal(latestTurn.status)) {
      this.#hasEnded(latestTurn.turnId);
    }
    if (activeTurn !== undefined) {
      this.#goesOn(activeTurn.turnId);
      if (activeTurn.status === 'running') {
        this.#answeredElsewhere(activeTurn.turnId);
      }
    } else if (latestTurn?.turnId !== this.#active) {
      // Its end was missed.
      this.#outdated ||= this.#active !== undefined;
      this.#active = undefined;
    }
    // There is a connection: what could not be loaded can be now, perhaps.
    this.#endRetry();
    this.#onChange();
  }

  #goesOn(turnId: string): void {
    if (!this.#isOver(turnId) && this.#active !== turnId) {
      // There is one at a time: the end of another was missed.
      this.#outdated ||= this.#active !== undefined;
      this.#active = turnId;
      this.#answered = false;
    }
  }

  /** If what the chat shows still asks, that is: a chat that receives something has given the answer itself. */
  #answeredElsewhere(turnId: string): void {
    this.#answered ||= this.#active === turnId && isFree(this.#chat);
  }

  #hasEnded(turnId: string): void {
    if (!this.#isOver(turnId)) {
      this.#ended.add(turnId);
      this.#lookForResultsOf(turnId);
    }
    if (this.#active === turnId) {
      this.#active = undefined;
    }
  }

  /** While a turn runs they have no place in the record. */
  #lookForResultsOf(turnId: string): void {
    this.#operations.endedOf(turnId).forEach(id => this.#results.add(id));
  }

  #wake(): void {
    this.#due = true;
    if (!this.#comparing) {
      this.#comparing = true;
      void this.#compareAll();
    }
  }

  async #compareAll(): Promise<void> {
    while (this.#due && !this.#closed) {
      while (!isFree(this.#chat) && !this.#closed) {
        await this.#pause(LOOK_MS);
      }
      this.#due = false;
      try {
        await this.#compare();
        this.#failures = 0;
      } catch {
        this.#due = true;
        const pause = this.#pause(Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS));
        this.#endRetry = this.#endPause;
        await pause;
        this.#endRetry = () => {};
      }
    }
    this.#comparing = false;
  }

  /** Does what is needed so that the chat shows what is known of the session; what is said meanwhile is for the next time. */
  async #compare(): Promise<void> {
    if (this.#closed) {
      return;
    }
    const active = this.#active;
    const lacksStream = this.#lacksStream();
    this.#change(lacksStream);
    try {
      if ((lacksStream || this.#lacksRecord()) && !(await this.#reload())) {
        return;
      }
      // One that has begun since is for the next time: the record that was loaded has nothing of it.
      if (active !== undefined && active === this.#active && this.#lacksStream()) {
        this.#change(true);
        await this.#resume(active);
      }
    } finally {
      this.#change(false);
    }
  }

  #lacksRecord(): boolean {
    for (const turnId of [...this.#ended]) {
      const shown = this.#shown(turnId);
      if (shown !== undefined && turnId !== this.#partial && !asks(shown)) {
        // It was received live.
        this.#settle(turnId);
      }
    }
    const pending = new Set(this.#chat.messages.flatMap(pendingIn));
    for (const id of [...this.#results]) {
      if (!pending.has(id)) {
        this.#results.delete(id);
      }
    }
    return this.#outdated || this.#ended.size > 0 || this.#results.size > 0;
  }

  #lacksStream(): boolean {
    const { messages, status } = this.#chat;
    if (this.#active === undefined || (status === 'error' && messages.at(-1)?.role === 'user')) {
      // A message that was refused waits to be sent again: an answer to another would be shown below it.
      return false;
    }
    const shown = this.#shown(this.#active);
    return shown === undefined || this.#partial === this.#active || (this.#answered && asks(shown));
  }

  /** Shows the record; whether it did, and nothing has happened meanwhile. */
  async #reload(): Promise<boolean> {
    // What is said from here on may be newer than the record that comes.
    const outdated = this.#outdated;
    const ended = [...this.#ended];
    const results = [...this.#results];
    this.#outdated = false;
    this.#results.clear();
    const before = [...this.#chat.messages];
    let isShown = false;
    try {
      const record = (await this.#load()) ?? [];
      const { messages } = this.#chat;
      const isOlder = messages.length !== before.length || messages.some((message, i) => message !== before[i]);
      if (this.#closed) {
        return false;
      }
      if (isOlder || !isFree(this.#chat)) {
        // Somebody has sent something meanwhile.
        this.#due = true;
        return false;
      }
      this.#show(record);
      isShown = true;
    } finally {
      if (!isShown) {
        this.#outdated ||= outdated;
        results.forEach(id => this.#results.add(id));
      }
    }
    ended.forEach(turnId => this.#settle(turnId));
    results.forEach(id => this.#looks.set(id, (this.#looks.get(id) ?? 0) + 1));
    return true;
  }

  #show(record: readonly M[]): void {
    const chat = this.#chat;
    const shown = chat.messages;
    const last = shown.at(-1);
    const next = merged(record, shown);
    const newest = next.at(-1)?.id;
    if (last !== undefined && newest !== undefined && this.#isNewer(last) && [last.id, shown.at(-2)?.id].includes(newest)) {
      next.splice(newest === last.id ? -1 : next.length, 1, last);
    } else {
      const turnId = turnOf(next.at(-1));
      this.#partial = turnId !== undefined && this.#isOver(turnId) ? undefined : turnId;
    }
    const unsent = chat.status === 'error' && last?.role === 'user' && next.every(({ id }) => id !== last.id) ? [last] : [];
    next.push(...unsent);
    const isNew = next.length !== shown.length || next.some((message, i) => message !== shown[i]);
    if (isNew) {
      chat.messages = next;
    }
    if (unsent.length === 0 && (isNew || isOutdated(chat.error))) {
      chat.clearError();
    }
  }

  /** Whether the chat has received more of its last message than the record may have: its turn has not been recorded yet. */
  #isNewer(last: M): boolean {
    const turnId = turnOf(last);
    return turnId !== undefined && !this.#isOver(turnId) && turnId !== this.#partial && (this.#active ?? turnId) === turnId;
  }

  /** Lets the chat receive the answer that is on its way. */
  async #resume(turnId: string): Promise<void> {
    // The replay has a message of its own: `Chat` puts it in the place of the one with the same id, or adds it.
    await this.#chat.resumeStream();
    const shown = this.#shown(turnId);
    if (shown !== undefined && this.#chat.status !== 'error' && this.#partial === turnId) {
      this.#partial = undefined;
    }
    if (this.#active === turnId) {
      // What was asked for has come, or cannot be had. The next event tells if there is more.
      this.#active = shown && turnId;
      this.#answered = false;
    }
    if (turnOf(this.#chat.messages.at(-1)) !== turnId && !this.#closed) {
      // Another has begun before this one could be asked for.
      this.#outdated = true;
      this.#due = true;
    }
  }

  #isOver(turnId: string): boolean {
    return this.#ended.has(turnId) || this.#settled.has(turnId);
  }

  #shown(turnId: string): M | undefined {
    return this.#chat.messages.findLast(message => turnOf(message) === turnId);
  }

  #settle(turnId: string): void {
    this.#ended.delete(turnId);
    this.#settled.add(turnId);
    if (this.#partial === turnId) {
      this.#partial = undefined;
    }
  }

  #change(resuming: boolean): void {
    if (this.#resuming !== resuming) {
      this.#resuming = resuming;
      this.#onChange();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isFinal(status: TurnStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
