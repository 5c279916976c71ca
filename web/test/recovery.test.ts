// What is left when Redis forgets a turn: cursors, replays, ends; and cancels from every side.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import {
  closeAndVerify,
  forget,
  http,
  newSession,
  newUser,
  numbers,
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

/** The turn that a request receives. */
async function turnOf(socket: RawSocket, requestId: string): Promise<string> {
  const start = () => socket.wire.chunks(requestId).find(chunk => chunk.type === 'start');
  await until('the start of an answer', () => start() !== undefined, () => socket.wire.of(requestId));
  return (start()!.messageMetadata as { turnId: string }).turnId;
}

function turnOfTab(tab: Tab): string {
  return (tab.message()!.metadata as { turnId: string }).turnId;
}

/** A message whose id follows from its text: said again, it is the same message. */
function say(requestId: string, session: string, text: string) {
  return sendFrame(session, text, { requestId, messages: [userMessage(text, `m-${text.length}`)] });
}

function resume(requestId: string, id: string, more: object = {}) {
  return { type: 'resume', requestId, id, headers: {}, body: {}, ...more };
}

const cancel = (turnId: string, user: string) => http('POST', `/turns/${turnId}/cancel`, user);

describe('Redis forgets', system, () => {
  afterEach(closeAndVerify);

  for (const [what, parts] of [
    ['a turn', ['chunks', 'turn', 'subs']],
    ['its chunks only', ['chunks']],
    ['its state only', ['turn']],
  ] as const) {
    test(`${what}, in mid-answer: every reader keeps its socket and ends with the whole answer`, async () => {
      const tab = new Tab();
      const second = new Tab({ session: tab.session, user: tab.user });
      const answer = tab.ask('count to 60 every 20 ms');
      await tab.counted(5);
      const replay = second.chat.resumeStream();
      await second.counted(10);
      await forget(turnOfTab(tab), [...parts]);
      assert.deepEqual(numbers(await answer), upTo(60));
      await replay;
      assert.deepEqual(numbers(second.answer()), upTo(60));
      const { messages } = await stored(tab.session, tab.user);
      assert.deepEqual(numbers(textOf(messages.at(-1))), upTo(60));
      assert.equal(tab.sockets.length, 1);
      assert.equal(second.sockets.length, 1);
    });
  }

  test('twice, in mid-answer', async () => {
    const tab = new Tab();
    const answer = tab.ask('count to 60 every 20 ms');
    await tab.counted(20);
    await forget(turnOfTab(tab));
    await tab.chunk('reset-step');
    await tab.counted(20);
    await forget(turnOfTab(tab));
    assert.deepEqual(numbers(await answer), upTo(60));
  });

  test('a turn before its reader comes back: the cursor is still good', async () => {
    const user = newUser();
    const session = newSession();
    const first = await RawSocket.open(user);
    first.send(say('r1', session, 'count to 60 every 20 ms'));
    const turn = await turnOf(first, 'r1');
    await until('some numbers', () => numbers(first.text('r1')).length > 20);
    const last = first.wire.of('r1').at(-1)!.sequence!;
    first.close();
    await forget(turn);
    const second = await RawSocket.open(user);
    const end = await second.ask(resume('r2', session, { lastSequence: last, turnId: turn }));
    assert.equal(end.type, 'end');
    assert.equal(second.wire.of('r2')[0]!.type, 'start');
    assert.equal(second.wire.of('r2').find(frame => frame.type === 'chunk')!.sequence, last + 1);
    // What came after the cursor takes back what came before it, or goes on from there.
    const chunks = [...first.wire.chunks('r1').slice(0, last + 1), ...second.wire.chunks('r2')];
    const from = chunks.findLastIndex(chunk => chunk.type === 'reset-step') + 1;
    const text = chunks.slice(from).map(chunk => (chunk.type === 'text-delta' ? chunk.delta : ''));
    assert.deepEqual(numbers(text.join('')), upTo(60));
  });

  test('a finished turn: it is replayed chunk by chunk, from the start and from a cursor', async () => {
    const user = newUser();
    const session = newSession();
    const socket = await RawSocket.open(user);
    assert.equal((await socket.ask(say('r1', session, 'think first\ncount to 30'))).type, 'end');
    const chunks = socket.wire.chunks('r1');
    const turn = await turnOf(socket, 'r1');
    await forget(turn);
    assert.equal((await socket.ask(resume('r2', session))).type, 'end');
    assert.deepEqual(socket.wire.chunks('r2'), chunks);
    await forget(turn);
    assert.equal((await socket.ask(resume('r3', session, { lastSequence: 3 }))).type, 'end');
    assert.deepEqual(socket.wire.chunks('r3'), chunks.slice(4));
    await forget(turn, ['chunks']);
    assert.equal((await socket.ask(say('r4', session, 'think first\ncount to 30'))).type, 'end');
    assert.deepEqual(socket.wire.chunks('r4'), chunks);
  });

  test('a failed and a cancelled turn: their replays end as they did', async () => {
    const user = newUser();
    for (const [text, type] of [['refuse filtered', 'error'], ['count to 500 every 10 ms', 'abort']] as const) {
      const session = newSession();
      const socket = await RawSocket.open(user);
      socket.send(say('r1', session, text));
      if (type === 'abort') {
        await until('some numbers', () => numbers(socket.text('r1')).length > 5);
        socket.send({ type: 'abort', requestId: 'r1' });
      }
      await socket.end('r1');
      await forget(await turnOf(socket, 'r1'));
      await socket.ask(resume('r2', session));
      assert.equal(socket.wire.chunks('r2').at(-1)!.type, type);
      const said = (await stored(session, user)).messages.at(-1)!;
      assert.equal(socket.text('r2'), said.role === 'assistant' ? textOf(said) : '');
    }
  });
});

describe('a cursor', system, () => {
  afterEach(closeAndVerify);

  test('beyond the end gets everything, and is told so', async () => {
    const session = newSession();
    const socket = await RawSocket.open();
    await socket.ask(say('r1', session, 'count to 3'));
    socket.wire.expect('r2', 0);
    await socket.ask(resume('r2', session, { lastSequence: 5000 }));
    const [start] = socket.wire.of('r2');
    assert.equal((start as { sequence?: number }).sequence, 0);
    assert.deepEqual(socket.wire.chunks('r2'), socket.wire.chunks('r1'));
  });

  test('of an earlier turn goes on in that turn, when it says so', async () => {
    const session = newSession();
    const socket = await RawSocket.open();
    await socket.ask(say('r1', session, 'count to 40'));
    const turn = await turnOf(socket, 'r1');
    await socket.ask(say('r2', session, 'another'));
    await socket.ask(resume('r3', session, { lastSequence: 4, turnId: turn }));
    assert.equal((socket.wire.of('r3')[0] as { sequence?: number }).sequence, 5);
    assert.deepEqual(socket.wire.chunks('r3'), socket.wire.chunks('r1').slice(5));
  });

  test('of a turn that is not this session’s gets everything of the latest', async () => {
    const user = newUser();
    const [one, other] = [newSession(), newSession()];
    const socket = await RawSocket.open(user);
    await socket.ask(say('r1', one, 'count to 40'));
    await socket.ask(say('r2', other, 'count to 30'));
    socket.wire.expect('r3', 0);
    await socket.ask(resume('r3', other, { lastSequence: 4, turnId: await turnOf(socket, 'r1') }));
    assert.deepEqual(socket.wire.chunks('r3'), socket.wire.chunks('r2'));
  });

  test('with a turnId that is none is refused in words', async () => {
    const socket = await RawSocket.open();
    const frame = await socket.ask(resume('r1', newSession(), { lastSequence: 1, turnId: 'no' }));
    assert.equal(frame.type, 'error');
    assert.match(frame.errorText!, /turnId/);
  });
});

describe('a cancel', system, () => {
  afterEach(closeAndVerify);

  test('over HTTP ends the answer for everyone, once, and says what it did', async () => {
    const tab = new Tab();
    const other = new Tab({ session: tab.session, user: tab.user });
    const answer = tab.chat.sendMessage({ text: 'count to 1000 every 10 ms' });
    await tab.counted(10);
    const replay = other.chat.resumeStream();
    await other.counted(10);
    const turn = turnOfTab(tab);
    assert.equal((await cancel(turn, newUser('mallory'))).status, 404);
    assert.deepEqual((await cancel(turn, tab.user)).body, { turnId: turn, cancelled: true, status: 'cancelled' });
    await Promise.all([answer, replay]);
    for (const one of [tab, other]) {
      const { requestId } = await one.chunk('abort');
      assert.equal(one.wire.chunks(requestId).filter(({ type }) => type === 'abort').length, 1);
    }
    assert.deepEqual((await cancel(turn, tab.user)).body, { turnId: turn, cancelled: false, status: 'cancelled' });
    const said = textOf((await stored(tab.session, tab.user)).messages.at(-1));
    assert.equal(said, tab.text());
    assert.deepEqual(numbers(await tab.ask('count to 3')), upTo(3));
  });

  test('of a turn that has completed, or that nobody knows, says so', async () => {
    const tab = new Tab();
    await tab.ask('count to 3');
    const turn = turnOfTab(tab);
    assert.deepEqual((await cancel(turn, tab.user)).body, { turnId: turn, cancelled: false, status: 'completed' });
    assert.equal((await cancel('turn_unknown', tab.user)).status, 404);
    assert.equal((await cancel('x', tab.user)).status, 400);
  });

  test('from two tabs and over HTTP at once: one close, one abort each', async () => {
    const user = newUser();
    const session = newSession();
    const [one, other] = [await RawSocket.open(user), await RawSocket.open(user)];
    one.send(say('r1', session, 'count to 1000 every 10 ms'));
    const turn = await turnOf(one, 'r1');
    other.send(resume('r2', session));
    await turnOf(other, 'r2');
    one.send({ type: 'abort', requestId: 'r1' });
    other.send({ type: 'abort', requestId: 'r2' });
    const receipts = await Promise.all([cancel(turn, user), cancel(turn, user)]);
    await Promise.all([one.end('r1'), other.end('r2')]);
    assert.ok(receipts.filter(receipt => receipt.body.cancelled).length <= 1);
    assert.ok(receipts.every(receipt => receipt.body.status === 'cancelled'));
    for (const [socket, request] of [[one, 'r1'], [other, 'r2']] as const) {
      assert.equal(socket.wire.chunks(request).filter(chunk => chunk.type === 'abort').length, 1);
    }
  });

  test('while Redis has forgotten the turn still ends it', async () => {
    const tab = new Tab();
    const answer = tab.chat.sendMessage({ text: 'count to 1000 every 20 ms' });
    await tab.counted(10);
    const turn = turnOfTab(tab);
    await forget(turn);
    assert.equal((await cancel(turn, tab.user)).body.cancelled, true);
    await answer;
    assert.equal(tab.chat.status, 'ready');
    assert.equal(tab.wire.frames.at(-1)!.type, 'end');
  });
});
