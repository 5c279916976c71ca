// Unforeseen conversations: many users at once, who reload, stop, edit and lose their network at random moments.
//
// RANDOM_SEED repeats the choices of a run (not its timing); RANDOM_USERS and RANDOM_TURNS make it longer.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, test } from 'node:test';
import type { UIMessage } from 'ai';
import { Dice } from './dice.ts';
import {
  closeAndVerify,
  Line,
  newSession,
  newUser,
  RawSocket,
  sendFrame,
  stored,
  system,
  Tab,
  textOf,
  until,
  upTo,
  userMessage,
} from './support.ts';

const SEED = Number(process.env.RANDOM_SEED ?? randomInt(1_000_000));
const USERS = Number(process.env.RANDOM_USERS ?? 8);
const TURNS = Number(process.env.RANDOM_TURNS ?? 4);
/** How long one turn may take, with its checks. */
const TURN_MS = 60_000;

describe(`random conversations, seed ${SEED}`, system, () => {
  afterEach(closeAndVerify);

  test(`of ${USERS} users, ${TURNS} turns each`, { timeout: TURNS * TURN_MS }, async () => {
    const people = await Promise.all(Array.from({ length: USERS }, (_, i) => Person.come(new Dice(SEED * 1000 + i))));
    const talks = await Promise.allSettled(people.map(person => person.talk(TURNS)));
    const faults = talks.flatMap(talk => (talk.status === 'rejected' ? [talk.reason] : []));
    assert.deepEqual(faults, []);
  });
});

/** What is asked, and what the whole answer to it is. */
type Phrase = { text: string; answer: (earlier: string[]) => string | undefined };

const says = (text: string, answer: string): Phrase => ({ text, answer: () => answer });
const count = (n: number, ms: number): Phrase => says(`count to ${n} every ${ms} ms`, upTo(n).join(' '));

const PIECES = [
  '😀', '👩‍👩‍👧‍👦', '🏳️‍🌈', 'שלום', '\u202eمرحبا\u202c', '\u200b\u200d\ufeff', 'e\u0301', '𝔘𝔫𝔦', '\u2028', '\u2029', '\u0000', '\u0007', '\u001b[31m',
  '\t', '\r\n', '\n', '\u007f', '\u0085', '\uffff', '"', '\\', '\\u0000', '\\n', '{"type":"end","requestId":"1"}', '"}]}', '</script>', '${x}', '%s', '\'', ' ',
  '__proto__', 'null', '-0', '| red |', '<b>&amp;', '0'.repeat(300), 'a'.repeat(2_000),
];

function phrase(dice: Dice): Phrase {
  switch (dice.below(12)) {
    case 0:
      return says('fail throttled 1 times', 'recovered');
    case 1:
      return says(`fail midstream ${dice.between(1, 2)} times`, 'recovered');
    case 2:
      return { text: dice.pick(['fail validation', 'fail context', 'fail access', 'refuse filtered']), answer: () => undefined };
    case 3:
    case 4:
      return { text: 'recall', answer: earlier => earlier.join(' | ') || 'nothing' };
    case 5:
      return says('think first\ncount to 50', upTo(50).join(' '));
    case 6:
    case 7: {
      const text = `${Array.from({ length: dice.between(1, 40) }, () => dice.pick(PIECES)).join('')}.`;
      return says(text, `You said: ${text}`);
    }
    case 8: {
      const text = 'x'.repeat(dice.between(5_000, 19_999));
      return says(text, `You said: ${text}`);
    }
    case 9:
      return says('count to 0', '');
    default:
      return count(dice.between(5, 150), dice.between(1, 12));
  }
}

/** Somebody with a session, one or more tabs, and bad habits. */
class Person {
  readonly dice: Dice;
  readonly line: Line;
  readonly user = newUser('random');
  readonly session = newSession();
  /** What the user has said, as the record must have it. */
  #said: string[] = [];
  #tab: Tab;
  readonly #log: string[] = [];

  private constructor(dice: Dice, line: Line) {
    this.dice = dice;
    this.line = line;
    this.#tab = this.#open();
  }

  static async come(dice: Dice): Promise<Person> {
    return new Person(dice, await Line.open());
  }

  async talk(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) {
      const habit = this.dice.pick(HABITS);
      const asked = phrase(this.dice);
      this.#log.push(`${habit} ${JSON.stringify(asked.text.slice(0, 40))}`);
      try {
        await this[habit](asked);
      } catch (fault) {
        throw new Error(`seed ${SEED}, ${this.user} in ${this.session}: ${this.#log.join(', ')}`, { cause: fault });
      }
    }
  }

  async plain(asked: Phrase): Promise<void> {
    await this.#tab.chat.sendMessage({ text: asked.text });
    await this.#answered(asked, [this.#tab]);
  }

  /** Other tabs look on, from random moments on. */
  async watched(asked: Phrase): Promise<void> {
    const ends = [this.#tab.chat.sendMessage({ text: asked.text })];
    const others: Tab[] = [];
    for (let i = this.dice.between(1, 3); i > 0; i--) {
      await this.#while();
      const other = this.#open();
      others.push(other);
      ends.push(other.chat.resumeStream());
    }
    await Promise.all(ends);
    await this.#answered(asked, [this.#tab, ...others]);
  }

  /** The page is loaded again, maybe more than once; with what the record has, or with what it showed. */
  async reloaded(asked: Phrase): Promise<void> {
    void this.#tab.chat.sendMessage({ text: asked.text });
    await this.#tab.sent();
    for (let i = this.dice.between(1, 3); i > 0; i--) {
      await this.#while();
      const { messages } = this.#tab.chat;
      this.#tab.close();
      this.#tab = this.dice.below(2) ? this.#open(messages) : await this.#fresh();
      const resumed = this.#tab.chat.resumeStream();
      if (i === 1) {
        await resumed;
      }
    }
    await this.#answered(asked, [this.#tab], 'maybe');
  }

  /** The network is lost; the same tab, or a new one, comes back. */
  async cut(asked: Phrase): Promise<void> {
    const answer = this.#tab.chat.sendMessage({ text: asked.text });
    await this.#tab.sent();
    await this.#while();
    this.line.cut();
    await until('the loss to be noticed', () => this.#tab.sockets.every(socket => socket.readyState === WebSocket.CLOSED));
    await answer;
    if (this.dice.below(2)) {
      this.#tab = await this.#fresh();
    }
    await this.#tab.chat.resumeStream();
    await this.#answered(asked, [this.#tab], 'maybe');
  }

  /** The network is lost again and again, and the tab's socket finds its way back by itself. */
  async held(asked: Phrase): Promise<void> {
    const { messages } = await stored(this.session, this.user);
    const rolloverAfterMs = this.dice.pick([200, 1_000, 60_000]);
    const tab = new Tab({ session: this.session, user: this.user, url: this.line.url, messages, resuming: { rolloverAfterMs, pingEveryMs: 100 } });
    const answer = tab.chat.sendMessage({ text: asked.text });
    for (let i = this.dice.between(1, 6); i > 0; i--) {
      await this.#while();
      this.line.cut();
    }
    await answer;
    await this.#answered(asked, [tab]);
    tab.close();
    this.#tab = await this.#fresh();
  }

  async stopped(asked: Phrase): Promise<void> {
    const answer = this.#tab.chat.sendMessage({ text: asked.text });
    await this.#tab.sent();
    await this.#while();
    const other = this.#open();
    if (this.dice.below(2)) {
      void other.chat.resumeStream();
      await this.#while();
      await other.chat.stop();
      await answer;
      await this.#answered(asked, [this.#tab], 'partly');
    } else {
      await this.#tab.chat.stop();
      await answer;
      await this.#answered(asked, [], 'partly');
    }
  }

  async regenerated(asked: Phrase): Promise<void> {
    this.#tab = await this.#fresh();
    const { messages } = this.#tab.chat;
    if (messages.length === 0) {
      return this.plain(asked);
    }
    // Of any answer, or of the last message, answered or not.
    const answers = messages.filter(message => message.role === 'assistant');
    const answer = answers.length > 0 && this.dice.below(2) ? this.dice.pick(answers) : undefined;
    const kept = answer === undefined ? messages : messages.slice(0, messages.indexOf(answer));
    this.#said = kept.filter(message => message.role === 'user').map(textOf);
    await this.#tab.chat.regenerate(answer === undefined ? {} : { messageId: answer.id });
    await this.#settled([this.#tab]);
  }

  async edited(asked: Phrase): Promise<void> {
    this.#tab = await this.#fresh();
    const questions = this.#tab.chat.messages.filter(message => message.role === 'user');
    if (questions.length === 0) {
      return this.plain(asked);
    }
    const place = this.dice.below(questions.length);
    this.#said = this.#said.slice(0, place);
    await this.#tab.chat.sendMessage({ text: asked.text, messageId: questions[place]!.id });
    await this.#answered(asked, [this.#tab]);
  }

  /** The same message from two tabs at once. */
  async twice(asked: Phrase): Promise<void> {
    const other = await this.#fresh();
    const message = userMessage(asked.text);
    await Promise.all([this.#tab, other].map(tab => tab.chat.sendMessage(message)));
    await this.#answered(asked, [this.#tab, other]);
  }

  /** Two messages from two tabs at once: one is refused in words, or comes after the other. */
  async crossed(asked: Phrase): Promise<void> {
    const other = await this.#fresh();
    const tabs = [this.#tab, other];
    const texts = [asked.text, phrase(this.dice).text];
    await Promise.all(tabs.map((tab, i) => tab.chat.sendMessage({ text: texts[i]! })));
    const taken = tabs.filter(tab => !tab.chat.error?.message.includes('already on its way'));
    assert.ok(taken.length > 0, 'one of two messages is answered');
    const { messages } = await stored(this.session, this.user);
    const added = messages.filter(message => message.role === 'user').map(textOf).slice(this.#said.length);
    assert.deepEqual(added.toSorted(), tabs.flatMap((tab, i) => (taken.includes(tab) ? [texts[i]!] : [])).toSorted());
    this.#said.push(...added);
    await this.#settled(taken);
    this.#tab = await this.#fresh();
  }

  /** The tab closes as soon as the message is out. */
  async gone(asked: Phrase): Promise<void> {
    void this.#tab.chat.sendMessage({ text: asked.text });
    await this.#tab.sent();
    this.#tab.close();
    await pause(this.dice.pick([0, 50, 400]));
    this.#tab = await this.#fresh();
    await this.#tab.chat.resumeStream();
    await this.#answered(asked, [this.#tab], 'maybe');
  }

  /** The stop overtakes the message on the way. */
  async overtaken(asked: Phrase): Promise<void> {
    const socket = await RawSocket.open(this.user);
    const frame = sendFrame(this.session, asked.text);
    socket.send({ type: 'abort', requestId: frame.requestId });
    await pause(this.dice.pick([0, 1, 20]));
    await socket.ask(frame);
    await this.#answered(asked, [], 'partly');
  }

  /** A client of another make goes on after the sequence that it has. */
  async continued(asked: Phrase): Promise<void> {
    const first = await RawSocket.open(this.user);
    const frame = sendFrame(this.session, asked.text);
    first.send(frame);
    await until('the first chunk', () => first.wire.chunks(frame.requestId).length > 0, () => first.wire.frames);
    await this.#while();
    const lastSequence = this.dice.below(first.wire.chunks(frame.requestId).length);
    const second = await RawSocket.open(this.user);
    const resume = { type: 'resume', requestId: randomUUID() as string, id: this.session, lastSequence, headers: {}, body: {} };
    assert.equal((await second.ask(resume)).type, 'end');
    assert.equal((await first.end(frame.requestId)).type, 'end');
    assert.deepEqual(second.wire.chunks(resume.requestId), first.wire.chunks(frame.requestId).slice(lastSequence + 1));
    await this.#answered(asked, []);
  }

  #open(messages: UIMessage[] = []): Tab {
    return new Tab({ session: this.session, user: this.user, url: this.line.url, messages });
  }

  /** A tab that shows what the record has. */
  async #fresh(): Promise<Tab> {
    return this.#open((await stored(this.session, this.user)).messages);
  }

  /** A moment, often in the middle of an answer. */
  async #while(): Promise<void> {
    await pause(this.dice.pick([0, 5, 30, 100, 200, 400, 800]));
  }

  /**
   * Checks the turn that a phrase began.
   *
   * @param tabs those that were told of its end
   * @param how `maybe` if the message may have been lost with its connection, `partly` if it was stopped
   */
  async #answered(asked: Phrase, tabs: Tab[], how?: 'maybe' | 'partly'): Promise<void> {
    const earlier = [...this.#said];
    if (how === 'maybe' && !(await this.#arrived(asked))) {
      return;
    }
    this.#said.push(asked.text);
    const answer = await this.#settled(tabs);
    const whole = asked.answer(earlier);
    if (how === 'partly') {
      assert.ok(whole === undefined || whole.startsWith(textOf(answer)) || asked.text.startsWith('fail'), `${textOf(answer)} of ${whole}`);
    } else if (whole === undefined) {
      // Who looked in too early has seen the turn before.
      const saw = tabs.filter(tab => tab.message()?.id === answer?.id);
      saw.forEach(tab => assert.equal(tab.chat.status, 'error'));
    } else {
      assert.equal(textOf(answer), whole);
      // Another tab that looked in too early has seen the turn before, which may have failed.
      const saw = tabs.filter((tab, i) => i === 0 || answer === undefined || (tab.started() ?? answer.id) === answer.id);
      saw.forEach(tab => assert.equal(tab.chat.status, 'ready', tab.chat.error?.stack));
    }
  }

  async #arrived(asked: Phrase): Promise<boolean> {
    const { messages } = await stored(this.session, this.user);
    const texts = messages.filter(message => message.role === 'user').map(textOf);
    return texts.length > this.#said.length && texts.at(-1) === asked.text;
  }

  /** Waits for the end, and checks that the record, a replay and all tabs tell the same. Returns the last answer. */
  async #settled(tabs: Tab[]): Promise<UIMessage | undefined> {
    const replay = new Tab({ session: this.session, user: this.user });
    await replay.chat.resumeStream();
    const { messages } = await stored(this.session, this.user);
    assert.deepEqual(messages.filter(message => message.role === 'user').map(textOf), this.#said, 'what the user said');
    await until('all tabs at rest', () => tabs.every(tab => ['ready', 'error'].includes(tab.chat.status)), () => tabs.map(tab => tab.chat.status));
    for (const tab of [...tabs, replay]) {
      assert.doesNotMatch(tab.chat.error?.message ?? '', /WebSocket|network/, 'the connection');
      const shown = tab.message();
      if (tab.wire.frames.at(-1)?.type === 'no-active' || shown === undefined) {
        continue;
      }
      const kept = messages.find(message => message.id === shown.id);
      if (kept === undefined) {
        assert.equal(textOf(shown), '', `the record lacks what a tab shows`);
      } else {
        // A stop between the record of an answer and its last chunk: the record knows more, what it cost.
        const late = tab.wire.frames.some(frame => frame.chunk?.type === 'abort') ? { metadata: kept.metadata } : {};
        assert.deepEqual({ ...bare(shown), ...late }, bare(kept));
      }
    }
    replay.close();
    return messages.at(-1)?.role === 'assistant' ? messages.at(-1) : undefined;
  }
}

const HABITS = [
  'plain', 'watched', 'reloaded', 'cut', 'held', 'stopped', 'regenerated', 'edited', 'twice', 'crossed', 'gone', 'overtaken', 'continued',
] as const;

/** What a message says, without what differs between a client and the record: a last step in which nothing was said. */
function bare(message: UIMessage): UIMessage {
  const { parts, ...rest } = structuredClone(message);
  for (const part of parts) {
    // Of a part that was cut off a client still says that it streams.
    if (part.type === 'text' || part.type === 'reasoning') {
      part.state = 'done';
    }
  }
  // The SDK does not show a step before something is said in it.
  return JSON.parse(JSON.stringify({ ...rest, parts: parts.at(-1)?.type === 'step-start' ? parts.slice(0, -1) : parts }));
}
