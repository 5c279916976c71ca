import { setTimeout as pause } from 'node:timers/promises';
import { newSession, newUser, stored, textOf, until } from '../../web/test/support.ts';
import { type About, type Problem, Reader, textProblems } from './reader.ts';

/** How long an answer may take, with all that happens to it. */
const LIMIT_MS = 60_000;

/** One question, its answer, and all who read it. */
export class Conversation {
  readonly about: About;
  readonly readers: Reader[] = [];
  /** How often something was killed under it. */
  strikes = 0;
  readonly #everyMs: number;

  /** The answer counts to `n`, a number every `everyMs` ms. */
  constructor(n: number, everyMs: number) {
    this.about = { session: newSession(), user: newUser(), n };
    this.#everyMs = everyMs;
  }

  add(...readers: Reader[]): void {
    this.readers.push(...readers);
  }

  /** The first reader asks; the others join when the answer has begun. Tells what went wrong until all had the end. */
  async hold(): Promise<Problem[]> {
    const { n } = this.about;
    const [first, ...others] = this.readers;
    const limit = new AbortController();
    const joined = async () => {
      await until('the answer to begin', () => first!.hasBegun || first!.hasEnded, () => first!.tab.wire.frames, LIMIT_MS);
      await Promise.all(others.map(reader => reader.join()));
    };
    // Who fails says so itself, see below.
    const all = Promise.allSettled([first!.ask(`count to ${n} every ${this.#everyMs} ms`), joined()]);
    await Promise.race([all, pause(LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {})]);
    limit.abort();
    const problems = (await Promise.all(this.readers.map(reader => reader.problems()))).flat();
    problems.push(...(await this.#recordProblems()));
    this.readers.forEach(reader => reader.tab.close());
    return problems;
  }

  /** The record holds the question and the whole answer, once, and it is the one that was read. */
  async #recordProblems(): Promise<Problem[]> {
    const { session, user, n } = this.about;
    const who = `record of ${session}`;
    const { status, messages } = await stored(session, user);
    const answer = messages.at(-1);
    if (status !== 200 || answer?.role !== 'assistant') {
      return [{ what: 'lost', who, seen: `it holds no answer: ${status} ${JSON.stringify(messages).slice(0, 300)}` }];
    }
    const problems = textProblems(who, textOf(answer), n);
    if (messages.length !== 2) {
      problems.push({ what: messages.length > 2 ? 'duplicated' : 'lost', who, seen: `${messages.length} messages` });
    }
    for (const reader of this.readers) {
      const shown = reader.tab.message();
      if (shown?.id !== answer.id) {
        problems.push({ what: 'changed', who: reader.who, seen: `it shows message ${shown?.id}, the record has ${answer.id}` });
      }
    }
    return problems;
  }
}
