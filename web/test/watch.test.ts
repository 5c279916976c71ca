// A session that is watched, against a running system: what is told, to whom, and what tabs show of it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { type Operation, type SessionEvent, SessionFollower } from '../src/index.ts';
import {
  callsOf,
  closeAndVerify,
  HOLDFAST_URL,
  http,
  Line,
  newSession,
  newUser,
  RawSocket,
  request,
  stored,
  system,
  Tab,
  textOf,
  until,
} from './support.ts';
import { lines, plain, TRANSFER, use } from './tools-support.ts';

/** Says that an operation is done, in the name of its service. */
async function complete(operationId: string, result: object): Promise<void> {
  const { secret } = (await (await fetch(`${HOLDFAST_URL}/local/service/secret`)).json()) as { secret: string };
  const body = JSON.stringify({ success: true, result });
  const id = `msg_${randomUUID()}`;
  const now = new Date();
  const answer = await request('POST', `/operations/${operationId}/complete`, {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
    body,
  });
  assert.equal(answer.status, 202, answer.text);
}

/** Work that goes on until a test ends it. */
const BUILD = use('build_report', { ms: 50_000, progress: 49 });
const ANOTHER = use('build_report', { ms: 51_000, progress: 50 });
const RESEARCH = use('research', { ms: 50_000, progress: 49 });

/** A tab that follows its session, from the beginning or from what is stored. */
async function following(like: { session: string; user: string } = { session: newSession(), user: newUser() }, url = HOLDFAST_URL) {
  const events: SessionEvent[] = [];
  const { messages } = await stored(like.session, like.user);
  const tab: Tab = new Tab({
    ...like,
    url,
    messages,
    resuming: {
      idlePingEveryMs: 1_000,
      watch: {
        id: like.session,
        onEvent(event) {
          events.push(event);
          follower.see(event);
        },
      },
    },
  });
  const follower: SessionFollower<Tab['chat']['messages'][number]> = new SessionFollower({
    chat: tab.chat,
    load: async () => (await stored(tab.session, tab.user)).messages,
  });
  followers.push(follower);
  // It connects with its first request only.
  await tab.transport.reconnectToStream({ chatId: newSession() });
  await until('the state of the session', () => events.some(({ type }) => type === 'watching'), () => tab.log);
  return { tab, follower, events };
}

const followers: { close(): void }[] = [];

/** Both show the same, and that is what is stored. */
async function inStep(...tabs: Tab[]): Promise<void> {
  const texts = (tab: Tab) => JSON.stringify(tab.chat.messages.map(message => [message.id, plain(message)]));
  await until(
    'tabs in step with the record',
    async () => {
      const { messages } = await stored(tabs[0]!.session, tabs[0]!.user);
      const record = JSON.stringify(messages.map(message => [message.id, plain(message)]));
      return tabs.every(tab => tab.chat.status === 'ready' && sorted(texts(tab)) === sorted(record));
    },
    () => tabs.map(tab => [tab.chat.status, texts(tab)]),
  );
}

/** JSON with its keys in one order. */
function sorted(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

const kinds = (events: SessionEvent[]) => events.map(event => ('turnId' in event ? `${event.type} ${event.turnId}` : event.type));

describe('a session that is watched', system, () => {
  afterEach(async () => {
    followers.splice(0).forEach(follower => follower.close());
    await closeAndVerify();
  });

  test('tells how it is at once, also before it exists, and again with each ping', async () => {
    const socket = await RawSocket.open();
    const watching = () => socket.wire.of('w1').filter(({ type }) => type === 'event').map(frame => (frame as unknown as { event: SessionEvent }).event);
    socket.send({ type: 'watch', requestId: 'w1', id: newSession() });
    await until('the state', () => watching().length === 1, () => socket.wire.frames);
    assert.deepEqual(watching(), [{ type: 'watching', operations: [] }]);
    socket.send({ type: 'ping', requestId: 'w1' });
    await until('the state again', () => watching().length === 2, () => socket.wire.frames);
    const pong = socket.wire.of('w1').findIndex(({ type }) => type === 'pong');
    assert.deepEqual(socket.wire.of('w1').map(({ type }) => type), ['event', 'pong', 'event'], `the pong was number ${pong}`);
  });

  test('is nobody else\'s', async () => {
    const tab = new Tab();
    await tab.ask('hello');
    const mallory = await RawSocket.open(newUser('mallory'));
    const refused = await mallory.ask({ type: 'watch', requestId: 'w1', id: tab.session } as never);
    assert.equal(refused.type, 'error');
    assert.match(refused.errorText!, /\w+ \w+/);
    await tab.ask('hello again');
    await mallory.ping();
    assert.deepEqual(mallory.wire.of('w1').map(({ type }) => type), ['error']);
  });

  test('tells when a turn begins and ends', async () => {
    const { tab, events } = await following();
    await tab.ask('count to 3');
    const turnId = tab.turnId();
    await until('its end', () => kinds(events).includes(`turn-ended ${turnId}`), () => events);
    assert.ok(kinds(events).includes(`turn-started ${turnId}`));
    assert.ok(events.some(event => event.type === 'turn-ended' && event.turnId === turnId && event.status === 'completed'));
    assert.deepEqual(tab.out.filter(({ type }) => type === 'resume').length, 1, 'what it received itself is not asked for again');
  });

  test('is told of no longer once the watch is ended, and the turn goes on', async () => {
    const { session, user } = { session: newSession(), user: newUser() };
    const socket = await RawSocket.open(user);
    socket.send({ type: 'watch', requestId: 'w1', id: session });
    await until('the state', () => socket.wire.of('w1').length === 1, () => socket.wire.frames);
    const tab = new Tab({ session, user });
    const answer = tab.ask('count to 40 every 20 ms');
    await until('the beginning', () => socket.wire.of('w1').length >= 2, () => socket.wire.frames);
    socket.send({ type: 'abort', requestId: 'w1' });
    await socket.ping();
    const before = socket.wire.of('w1').length;
    assert.match(await answer, / 40$/);
    await socket.ping();
    assert.equal(socket.wire.of('w1').length, before);
  });

  test('is shown live in a second tab, question and answer', async () => {
    const one = await following();
    const two = await following(one.tab);
    const answer = one.tab.ask('count to 60 every 30 ms');
    await until('the beginning', () => /\b5\b/.test(two.tab.text()) && two.tab.chat.status === 'streaming', () => two.tab.chat.messages);
    assert.equal(one.tab.chat.status, 'streaming', 'while the first still receives it');
    await answer;
    await inStep(one.tab, two.tab);
    const back = two.tab.ask('hello');
    await back;
    await inStep(one.tab, two.tab);
    assert.deepEqual(two.tab.chat.messages.map(textOf).slice(2), ['hello', 'You said: hello']);
  });

  test('shows a question in both tabs, and what follows its answer, wherever that is given', async () => {
    const one = await following();
    const two = await following(one.tab);
    void one.tab.chat.sendMessage({ text: lines(TRANSFER, 'then', 'count to 5') });
    for (const { tab } of [one, two]) {
      await until('the question', () => tab.calls()[0]?.state === 'approval-requested' && tab.chat.status === 'ready', () => tab.calls());
    }
    await two.tab.confirm(two.tab.calls()[0]!, true);
    await until('what follows', () => /1 2 3 4 5/.test(one.tab.text()), () => one.tab.chat.messages);
    await inStep(one.tab, two.tab);
    assert.equal(one.tab.chat.messages.length, 2);
  });

  test('tells how far an operation is, and what came of it stands in its place, with an answer of its own after it', async () => {
    const one = await following();
    const two = await following(one.tab);
    await one.tab.ask(BUILD);
    const { operation_id: id } = one.tab.calls()[0]!.output as { operation_id: string };
    for (const { follower } of [one, two]) {
      await until('progress', () => follower.operations.get(id)?.progress?.percent !== undefined, () => [...follower.operations.values()]);
    }
    await complete(id, { report: 'the thick one' });
    for (const { tab } of [one, two]) {
      await until('the answer that follows', () => tab.chat.messages.length === 3 && /the thick one/.test(tab.text()), () => tab.chat.messages);
      assert.deepEqual(callsOf(tab.chat.messages[1])[0]!.output, { report: 'the thick one' });
      assert.deepEqual(callsOf(tab.chat.messages[2]), [], 'nothing was copied');
    }
    await inStep(one.tab, two.tab);
    assert.equal(one.follower.operations.get(id)!.status, 'completed');
  });

  test('shows the end of an operation that was missed while there was no connection', async () => {
    const line = await Line.open();
    const { tab, follower } = await following(undefined, line.url);
    await tab.ask(BUILD);
    const { operation_id: id } = tab.calls()[0]!.output as { operation_id: string };
    await line.down();
    await complete(id, { report: 'not seen' });
    await until(
      'the answer that follows',
      async () => (await stored(tab.session, tab.user)).messages.some(message => /not seen/.test(textOf(message))),
    );
    await line.up();
    await inStep(tab);
    assert.equal(tab.chat.messages.length, 3);
    assert.equal(follower.operations.get(id)!.status, 'completed');
  });

  type Following = Awaited<ReturnType<typeof following>>;
  const REPORT = { report: 'for whoever is there' };
  const begun = async ({ follower }: Following) => {
    await until('the operation', () => follower.operations.size === 1, () => [...follower.operations]);
    return [...follower.operations.values()][0]!;
  };

  /** What has happened of an operation when its tab is closed. */
  const MOMENTS: ((one: Following) => Promise<unknown>)[] = [
    async () => {},
    begun,
    ({ follower }) => until('progress', () => [...follower.operations.values()].some(({ progress }) => progress !== undefined)),
    async one => complete((await begun(one)).operationId, REPORT),
    async one => {
      await complete((await begun(one)).operationId, REPORT);
      await until('what follows', () => /whoever/.test(one.tab.text()), () => one.tab.chat.messages);
    },
  ];

  for (const [what, text, count] of [['waited for', RESEARCH, 2], ['not waited for', BUILD, 3]] as const) {
    test(`is whole, whenever the tab is closed and another opened while an operation is ${what}`, async () => {
      await Promise.all(
        MOMENTS.map(async (moment, i) => {
          const one = await following();
          void one.tab.chat.sendMessage({ text });
          await until('the beginning', () => one.tab.wire.frames.some(({ chunk }) => chunk?.type === 'start'), () => one.tab.log);
          await moment(one);
          one.follower.close();
          one.tab.close();

          const two = await following(one.tab);
          const { operationId } = await begun(two);
          if (i < 3) {
            await complete(operationId, REPORT);
          }
          await until('the end', () => two.tab.chat.messages.length === count && /whoever/.test(two.tab.text()), () => two.tab.chat.messages);
          await inStep(two.tab);
          assert.deepEqual(callsOf(two.tab.chat.messages[1])[0]!.output, REPORT);
        }),
      );
    });
  }

  const cancel = (id: string, user: string) => http('POST', `/operations/${id}/cancel`, user);

  test('shows that an operation was cancelled, and no answer follows', async () => {
    const { tab, follower, events } = await following();
    await tab.ask(BUILD);
    const { operation_id: id } = tab.calls()[0]!.output as { operation_id: string };
    assert.equal((await cancel(id, newUser('mallory'))).status, 404);
    const { status, body } = await cancel(id, tab.user);
    assert.equal(status, 200);
    assert.deepEqual(body, { operationId: id, cancelled: true, status: 'cancelled' });
    await until('the failure in its place', () => tab.calls()[0]!.state === 'output-error', () => tab.calls());
    await until('its status', () => follower.operations.get(id)?.status === 'cancelled', () => [...follower.operations.values()]);
    assert.deepEqual((await cancel(id, tab.user)).body, { operationId: id, cancelled: false, status: 'cancelled' });
    await inStep(tab);
    assert.equal(await tab.ask('hello'), 'You said: hello');
    await inStep(tab);
    assert.equal(tab.chat.messages.length, 4);
    assert.equal(kinds(events).filter(kind => kind.startsWith('turn-started')).filter((kind, i, all) => all.indexOf(kind) === i).length, 2);
  });

  test('goes on without an operation that is waited for when that is cancelled', async () => {
    const { tab, follower } = await following();
    const answer = tab.ask(RESEARCH);
    await until('the operation', () => follower.operations.size === 1, () => tab.chat.messages);
    const [id] = [...follower.operations.keys()] as [string];
    assert.equal((await cancel(id, tab.user)).body.cancelled, true);
    assert.match(await answer, /^research failed: /);
    await inStep(tab);
  });

  test('has a list of its operations, newest first, for its owner', async () => {
    const { tab, follower } = await following();
    await tab.ask(lines(BUILD, ANOTHER));
    const ids = tab.calls().map(call => (call.output as { operation_id: string }).operation_id);
    const path = `/sessions/${tab.session}/operations`;
    const { status, body } = await http('GET', path, tab.user);
    assert.equal(status, 200);
    const items = body.items as Operation[];
    assert.deepEqual(items.map(({ operationId }) => operationId).sort(), [...ids].sort());
    items.forEach(({ status, toolName, turnId }) => assert.deepEqual([status, toolName, turnId], ['running', 'build_report', tab.turnId()]));
    assert.ok(items[0]!.createdAt >= items[1]!.createdAt);
    assert.equal((await http('GET', path, newUser('mallory'))).status, 404);
    for (const id of ids) {
      await cancel(id, tab.user);
    }
    await until('both ends', () => ids.every(id => follower.operations.get(id)?.status === 'cancelled'), () => [...follower.operations.values()]);
  });
});
