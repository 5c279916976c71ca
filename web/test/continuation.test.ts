// What follows the answer to an approval, and turns with tools, when connections are lost and Redis forgets: every
// reader ends with the whole message, as it is stored, and keeps its socket.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { ResumingWebSocketOptions } from '../src/index.ts';
import { tabOn } from './resuming-support.ts';
import { closeAndVerify, forget, type Frame, Line, RawSocket, sendFrame, system, Tab, textOf, until, upTo } from './support.ts';
import { answerFrame, assertStored, FORGOTTEN, lines, plain, preliminary, responded, resumed, states, storedAnswer, TRANSFER, types, use } from './tools-support.ts';

const COUNT = lines(TRANSFER, 'then', 'count to 60 every 20 ms');
const COUNTED = new RegExp(`^transfer said: .*bob.*${upTo(60).join(' ')}$`, 's');

describe('a confirmed call on a line that fails', system, () => {
  afterEach(closeAndVerify);

  /** A tab with a resuming socket whose answer waits for a human. */
  async function asking(text = COUNT, options: ResumingWebSocketOptions = {}) {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, options);
    await tab.ask(text);
    assert.deepEqual(states(tab.calls()).at(-1), 'transfer approval-requested');
    return { line, tab, statuses };
  }

  const confirmed = (tab: Tab) => tab.confirm(tab.calls().at(-1)!, true);

  /** Nobody has noticed anything, and each chunk of a request came once. */
  async function assertUnnoticed(tab: Tab, statuses: string[], text = COUNTED): Promise<void> {
    await assertStored(tab, text);
    assert.deepEqual(new Set(statuses), new Set(['ready', 'submitted', 'streaming']));
    for (const requestId of new Set(tab.wire.frames.map(frame => frame.requestId))) {
      const frames = tab.wire.of(requestId);
      const sequences = frames.flatMap(({ type, sequence }) => (type === 'chunk' ? [sequence] : []));
      assert.deepEqual(sequences, sequences.map((_, i) => i));
      assert.equal(frames.filter(({ type }) => type === 'end').length, 1);
    }
    assert.deepEqual(tab.out.filter(({ type }) => type === 'abort'), []);
  }

  /** The continuation: the second request that was sent. */
  const continuation = (tab: Tab) => tab.out.findLast(({ type }) => type === 'send')!.requestId;

  test('in the middle of what follows is resumed there', async () => {
    const { line, tab, statuses } = await asking();
    const answer = confirmed(tab);
    await until('some numbers', () => /1 2 3 4 5 6 7/.test(tab.text()), () => tab.text());
    line.cut();
    await answer;
    await assertUnnoticed(tab, statuses);
    const question = tab.out.find(({ type }) => type === 'resume') as Frame & { base: number; turnId: string };
    assert.equal(question.requestId, continuation(tab));
    assert.equal(question.turnId, tab.turnId());
    assert.ok(question.base > 0);
    assert.equal(tab.out.filter(({ type }) => type === 'send').length, 2);
  });

  test('again and again is exactly right', async () => {
    const { line, tab, statuses } = await asking();
    const answer = confirmed(tab);
    let cuts = 0;
    for (let shown = 0; shown < 60; shown += 4) {
      await until('more numbers', () => tab.chat.status === 'ready' || tab.text().includes(` ${shown} `) || shown === 0);
      line.cut();
      cuts++;
    }
    await answer;
    assert.ok(cuts > 5);
    await assertUnnoticed(tab, statuses);
  });

  for (const [what, loses] of [
    ['before the server has said that it goes on', (frame: Frame) => frame.type === 'start'],
    ['before the first chunk of what follows', (frame: Frame) => frame.type === 'chunk' && frame.sequence === 0],
    ['in place of its second chunk', (frame: Frame) => frame.type === 'chunk' && frame.sequence === 1],
    ['in place of its last chunk', (frame: Frame) => frame.chunk?.type === 'finish'],
    ['between its last chunk and its end', (frame: Frame) => frame.type === 'end'],
  ] as const) {
    test(`${what} is exactly right`, async () => {
      const { tab, statuses } = await asking();
      let losses = 0;
      tab.losesFrame = frame => frame.requestId === continuation(tab) && loses(frame) && losses++ < 2;
      await confirmed(tab);
      assert.ok(losses >= 1);
      await assertUnnoticed(tab, statuses);
    });
  }

  for (const [what, delayMs] of [['with the answer', 0], ['just after the answer', 5], ['a moment after the answer', 60]] as const) {
    test(`${what} is confirmed once`, async () => {
      const { line, tab, statuses } = await asking();
      let cuts = 0;
      tab.onSend = frame => {
        if (frame.type === 'send' && cuts++ < 2) {
          setTimeout(() => line.cut(), delayMs);
        }
      };
      await confirmed(tab);
      await assertUnnoticed(tab, statuses);
      assert.deepEqual(states(tab.calls()), ['transfer output-available']);
    });
  }

  for (const type of ['tool-approval-request', 'end'] as const) {
    test(`where it asks, in place of ${type}, asks all the same`, async () => {
      const line = await Line.open();
      const { tab, statuses } = tabOn(line);
      let losses = 0;
      tab.losesFrame = frame => (frame.type === type || frame.chunk?.type === type) && losses++ < 2;
      await tab.ask(COUNT);
      assert.ok(losses >= 2);
      assert.deepEqual(states(tab.calls()), ['transfer approval-requested']);
      assert.equal(tab.out.filter(({ type }) => type === 'resume').length, 2);
      tab.losesFrame = undefined;
      await confirmed(tab);
      await assertUnnoticed(tab, statuses);
    });
  }

  test('where it asks for the second time asks all the same', async () => {
    const { tab, statuses } = await asking(lines(TRANSFER, 'then', use('transfer', { to: 'carol', amount: 20 }), 'then', 'count to 9'));
    let losses = 0;
    tab.losesFrame = frame => frame.type === 'end' && losses++ < 2;
    await confirmed(tab);
    assert.deepEqual(states(tab.calls()), ['transfer output-available', 'transfer approval-requested']);
    tab.losesFrame = undefined;
    await confirmed(tab);
    await assertUnnoticed(tab, statuses, /carol.*1 2 3 4 5 6 7 8 9$/s);
  });

  test('moves to a new link before the old one closes', async () => {
    const { tab, statuses } = await asking(COUNT, { rolloverAfterMs: 500 });
    await confirmed(tab);
    await assertUnnoticed(tab, statuses);
    assert.ok(tab.sockets.length >= 2);
  });

  test('can be stopped', async () => {
    const { line, tab } = await asking();
    void confirmed(tab).catch(() => {});
    await until('some numbers', () => /1 2 3 4 5/.test(tab.text()));
    line.cut();
    await until('the loss to be noticed', () => tab.states.at(-1) === 'reconnecting');
    await tab.chat.stop();
    await until('the stop', async () => (await storedAnswer(tab)) !== undefined, () => tab.out.slice(-3));
    assert.doesNotMatch(textOf(await storedAnswer(tab)), /60$/);
  });

  test('after an answer that passes a frame is confirmed all the same', async () => {
    const { tab, statuses } = await asking(lines('count to 12000 every 0 ms', TRANSFER, 'then', 'count to 60'));
    assert.ok(tab.text().length > 40_000);
    await confirmed(tab);
    await assertUnnoticed(tab, statuses, new RegExp(`12000\\s*transfer said: .*${upTo(60).join(' ')}$`, 's'));
    const frame = tab.out.findLast(({ type }) => type === 'send');
    assert.ok(JSON.stringify(frame).length < 2_000);
  });
});

describe('Redis forgets a turn with tools', system, () => {
  afterEach(closeAndVerify);

  /** Everyone has the whole message, on the socket that they had. */
  async function assertWhole(tabs: Tab[], text = COUNTED): Promise<void> {
    for (const tab of tabs) {
      await assertStored(tab, text);
      assert.equal(tab.sockets.length, 1);
    }
    assert.deepEqual(plain((await resumed(tabs[0]!)).message()), plain(await storedAnswer(tabs[0]!)));
  }

  for (const [what, parts] of FORGOTTEN) {
    test(`in the middle of what follows an approval: ${what}`, async () => {
      const tab = new Tab();
      await tab.ask(COUNT);
      const answer = tab.confirm(tab.calls()[0]!, true);
      await until('some numbers', () => /1 2 3 4 5/.test(tab.text()), () => tab.text());
      const other = new Tab({ session: tab.session, user: tab.user });
      const reads = other.chat.resumeStream();
      await until('some numbers', () => /1 2 3 4 5 6 7/.test(other.text()), () => other.text());
      await forget(tab.turnId(), [...parts]);
      await Promise.all([answer, reads]);
      await assertWhole([tab, other]);
    });

    test(`while it waits for a human: ${what}`, async () => {
      const tab = new Tab();
      await tab.ask(lines('count to 3', use('echo', { value: 'hello' }), COUNT));
      await forget(tab.turnId(), [...parts]).catch(() => assert.deepEqual(parts, ['subs'], 'nobody reads'));
      const other = await resumed(tab);
      assert.deepEqual(plain(other.message()), plain(tab.message()));
      assert.deepEqual(states(other.calls()), ['echo output-available', 'transfer approval-requested']);
      await forget(tab.turnId(), [...parts]).catch(() => assert.deepEqual(parts, ['subs'], 'nobody reads'));
      await tab.confirm(tab.calls()[1]!, true);
      await assertWhole([tab], /^1 2 3\n?echo said: .*hello.*transfer said: .*bob.* 59 60$/s);
    });

    test(`while a tool runs: ${what}`, async () => {
      const tab = new Tab();
      const answer = tab.ask(lines('count to 3', use('echo', { value: 'hello' }), use('wait', { ms: 1500 }), 'then', 'count to 9'));
      await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
      const other = new Tab({ session: tab.session, user: tab.user });
      const reads = other.chat.resumeStream();
      await until('a preliminary output', () => preliminary(other).length > 0, () => other.wire.frames.slice(-3));
      await forget(tab.turnId(), [...parts]);
      await Promise.all([answer, reads]);
      await assertWhole([tab, other], /^1 2 3\n?echo said: .*hello.*\nwait said: .*1 2 3 4 5 6 7 8 9$/s);
    });
  }

  test('while a confirmed tool runs, and the line is lost', async () => {
    const line = await Line.open();
    const tab = new Tab({ roles: ['user'], url: line.url, resuming: {} });
    await tab.ask(lines(use('wait', { ms: 1500 }), 'then', 'count to 9'), { assistant: 'guarded' });
    assert.deepEqual(states(tab.calls()), ['wait approval-requested']);
    const answer = tab.confirm(tab.calls()[0]!, true);
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    line.cut();
    await forget(tab.turnId());
    await answer;
    const { requestId } = tab.wire.frames.at(-1)!;
    assert.equal(types(tab.wire.chunks(requestId)).filter(type => type === 'tool-approval-response').length, 1);
    await assertStored(tab, /^wait said: .*1 2 3 4 5 6 7 8 9$/s);
  });

  test('twice in what follows an approval', async () => {
    const tab = new Tab();
    await tab.ask(COUNT);
    const answer = tab.confirm(tab.calls()[0]!, true);
    for (const numbers of [/1 2 3 4 5/, /1 2 3 4 5 6 7 8 9 10/]) {
      await until('some numbers', () => numbers.test(tab.text()), () => tab.text());
      await forget(tab.turnId());
    }
    await answer;
    await assertWhole([tab]);
  });

  test('before somebody answers who has been away since', async () => {
    const before = new Tab();
    await before.ask(COUNT);
    before.close();
    await forget(before.turnId());
    const message = before.message()!;
    const socket = await RawSocket.open(before.user);
    const frame = answerFrame(before.session, message, responded(before.calls()[0]!, true));
    assert.equal((await socket.ask(frame)).type, 'end');
    assert.equal(types(socket.wire.chunks(frame.requestId)).at(-1), 'finish');
    const [start] = socket.wire.of(frame.requestId) as (Frame & { turnId?: string; base?: number })[];
    assert.deepEqual([start!.type, start!.sequence, start!.turnId], ['start', 0, before.turnId()]);
    const chunks = socket.wire.chunks(frame.requestId);
    const last = chunks.length - 10;
    const again = await RawSocket.open(before.user);
    const question = { type: 'resume', requestId: 'r', id: before.session, lastSequence: last, turnId: start!.turnId, base: start!.base, headers: {}, body: {} };
    await forget(before.turnId());
    assert.equal((await again.ask(question)).type, 'end');
    assert.deepEqual(again.wire.chunks('r'), chunks.slice(last + 1));
    assert.equal((await again.ask(sendFrame(before.session, 'hello'))).type, 'end');
  });
});
