import { closeAndVerify } from '../../web/test/support.ts';
import { Dice } from '../../web/test/dice.ts';
import type { Conversation } from './conversation.ts';
import type { Problem, Reader } from './reader.ts';

/** Conversations at once: what two cores bear beside the JVMs that start again and again. */
const LANES = 4;
/** Faults until everything is closed and what is left over is checked. */
const BATCH = 50;
/** With so many problems more would tell nothing new. */
const ENOUGH_PROBLEMS = 60;
/**
 * Strikes that one answer has to bear. Its step is tried eleven times in all; what takes more is a system that is down,
 * not a fault.
 */
const MOST_STRIKES = 4;

/** What came of one kind of fault. */
export class Tally {
  faults = 0;
  answers = 0;
  readers = 0;
  /** Readers that were hit while their answer was running, each as often as it was hit. */
  hits = 0;
  readonly waits: number[] = [];
  readonly problems: Problem[] = [];

  /** How many readers or records have a problem of this kind. */
  count(what: Problem['what']): number {
    return new Set(this.problems.filter(problem => problem.what === what).map(problem => problem.who)).size;
  }
}

/** Where one kind of fault meets conversations: several at once, again and again, until there were enough faults. */
export class Ground {
  readonly tally = new Tally();
  readonly running = new Set<Conversation>();
  readonly #wanted: number;
  readonly #seed: number;
  #target = 0;

  constructor(wanted: number, seed: number) {
    this.#wanted = wanted;
    this.#seed = seed;
  }

  /** Readers whose answers run. */
  get hearing(): Reader[] {
    return [...this.running].flatMap(conversation => conversation.readers).filter(reader => reader.isRunning);
  }

  /** Whether another fault may strike now: there is an answer to strike at, and none has had too much. */
  get isReady(): boolean {
    return this.running.size > 0 && [...this.running].every(conversation => conversation.strikes < MOST_STRIKES);
  }

  /** Whether no more faults are wanted for now. */
  get isDone(): boolean {
    return this.tally.faults >= this.#target || this.tally.problems.length >= ENOUGH_PROBLEMS;
  }

  /** Something that all answers depend on has been struck. */
  struckAll(stops: Parameters<Reader['hit']>[0]): void {
    this.tally.faults++;
    for (const conversation of this.running) {
      conversation.strikes++;
      conversation.readers.forEach(reader => reader.hit(stops));
    }
  }

  /**
   * Holds conversations until there were enough faults.
   *
   * @param begin makes a conversation with its readers
   * @param during is called for each conversation as it begins, for faults that strike one of them
   * @param strike is called again and again, for faults that strike all of them
   */
  async fight(
    begin: (dice: Dice) => Conversation | Promise<Conversation>,
    { during, strike }: { during?: (conversation: Conversation, dice: Dice) => Promise<void>; strike?: (dice: Dice) => Promise<void> },
  ): Promise<void> {
    const dice = Array.from({ length: LANES + 1 }, (_, i) => new Dice(this.#seed * 100 + i));
    while (this.tally.faults < this.#wanted && this.tally.problems.length < ENOUGH_PROBLEMS) {
      this.#target = Math.min(this.#wanted, this.tally.faults + BATCH);
      const lanes = dice.slice(1).map(async one => {
        while (!this.isDone) {
          const conversation = await begin(one);
          this.running.add(conversation);
          await Promise.all([this.#hold(conversation), during?.(conversation, one)]);
        }
      });
      const striker = async () => {
        while (strike && !this.isDone) {
          await strike(dice[0]!);
        }
      };
      await Promise.all([...lanes, striker()]);
      await this.#closeAll();
    }
  }

  async #hold(conversation: Conversation): Promise<void> {
    const problems = await conversation.hold();
    this.running.delete(conversation);
    this.tally.answers++;
    this.tally.readers += conversation.readers.length;
    for (const reader of conversation.readers) {
      this.tally.hits += reader.hits;
      this.tally.waits.push(...reader.waits);
    }
    problems.forEach(problem => this.#note(problem));
  }

  /** What comes after the end is no good either. */
  async #closeAll(): Promise<void> {
    try {
      await closeAndVerify();
    } catch (fault) {
      if (this.tally.problems.length === 0) {
        this.#note({ what: 'changed', who: 'somebody, after the end', seen: String(fault) });
      }
    }
  }

  #note(problem: Problem): void {
    this.tally.problems.push(problem);
    console.log(`*** ${new Date().toISOString()} ${problem.what}, ${problem.who}: ${problem.seen}`);
  }
}
