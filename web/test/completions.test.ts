// What outside services say of operations, and what is made of it: signed or not, twice, out of order, a thousand times.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { Dice } from './dice.ts';
import { build, type Delivery, done, isFinal, LATE, local, LONG, newLabel, post, research, results, signature, type Work, workOf } from './operations-support.ts';
import { type Call, callsOf, closeAndVerify, http, newUser, request, stored, system, Tab, textOf, until } from './support.ts';
import { assertWords, lines, plain, preliminary, resumed, storedAnswer, use } from './tools-support.ts';

describe('the result of an operation', system, () => {
  afterEach(closeAndVerify);

  test('is what the step of its tool makes of it, or a failure that says why', async () => {
    const tab = new Tab();
    await tab.ask(use('keep_report', { ms: 10 }));
    const { kept, key } = tab.calls()[0]!.output as { kept: { ms: number }; key: string };
    assert.equal(kept.ms, 10);
    assert.match(key, /-1-0$/);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));

    const other = new Tab();
    const label = newLabel();
    const answer = other.ask(use('keep_report', { ...LONG, label }));
    const { operationId } = await workOf(label);
    assert.equal((await post(operationId, 'complete', { success: true, result: { unkeepable: 'no room' } })).status, 202);
    assert.match(await answer, /^keep_report failed: .*It could not be kept: no room/);
    const { body } = await http('GET', `/operations/${operationId}`, other.user);
    assert.equal(body.status, 'failed');
    assert.match(body.error.message, /no room/);
  });
});

describe('an operation that a model asks about', system, () => {
  afterEach(closeAndVerify);

  test('is described by a tool, and nobody else\'s is', async () => {
    const tab = new Tab();
    const label = newLabel();
    await tab.ask(build(LONG, label));
    const { operationId } = await workOf(label);
    await tab.ask(use('check_operation_status', {}));
    const [{ operations }] = [tab.calls()[0]!.output as { operations: { operationId: string; status: string }[] }];
    assert.deepEqual(operations.map(({ operationId: id, status }) => [id, status]), [[operationId, 'running']]);
    await post(operationId, 'complete', done('the thick one'));
    await until('the end', async () => (await http('GET', `/operations/${operationId}`, tab.user)).body.status === 'completed');

    const other = new Tab({ user: tab.user });
    await other.ask(use('check_operation_status', { operation_id: operationId }));
    const ended = other.calls()[0]!.output as { status: string; result: unknown };
    assert.equal(ended.status, 'completed');
    assert.deepEqual(ended.result, { report: 'the thick one' });

    const stranger = new Tab();
    await stranger.ask(use('check_operation_status', { operation_id: operationId }));
    assert.equal(stranger.calls()[0]!.state, 'output-error');
  });

  test('is not begun twice at a time', async () => {
    const tab = new Tab();
    const label = newLabel();
    await tab.ask(build(LONG, label));
    const { operationId } = await workOf(label);
    await tab.ask(build(LONG, label));
    const again = tab.calls()[0]!.output as { type: string; operation_id: string; message: string };
    assert.equal(again.type, 'operation_in_progress');
    assert.equal(again.operation_id, operationId);
    assertWords(again.message);
    const works = ((await local('operations')) as Work[]).filter(work => work.label === label);
    assert.equal(works.length, 1);
  });
});

describe('what a service posts', system, () => {
  afterEach(closeAndVerify);

  /** A tab whose answer waits for an operation. */
  async function waiting() {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(research(LONG, label));
    const { operationId } = await workOf(label);
    return { tab, answer, operationId };
  }

  test('is taken if it is signed, by one of several signatures', async () => {
    const { answer, operationId } = await waiting();
    assert.equal((await post(operationId, 'progress', { percent: 1, message: 'Begun' })).status, 202);
    assert.equal((await post(operationId, 'progress', { message: 'Only words' })).status, 202);
    assert.equal((await post(operationId, 'progress', { percent: 2 })).status, 202);

    // While a service's key is changed, it signs with both.
    const body = JSON.stringify(done('signed twice'));
    const id = `msg_${randomUUID()}`;
    const timestamp = Math.floor(Date.now() / 1000);
    const { secret } = (await local('secret')) as { secret: string };
    const both = `${signature(secret.slice(0, -8) + 'AAAAAAA=', id, timestamp, body)} ${signature(secret, id, timestamp, body)}`;
    const taken = await post(operationId, 'complete', body, { id, timestamp, headers: { 'webhook-signature': both } });
    assert.equal(taken.status, 202, taken.text);
    assert.match(await answer, /signed twice/);
  });

  test('is refused if it is not signed, or wrongly, or was signed at another time', async () => {
    const { answer, operationId } = await waiting();
    const body = JSON.stringify(done('forged'));
    const now = Math.floor(Date.now() / 1000);
    const unsigned = await request('POST', `/operations/${operationId}/complete`, { headers: { 'content-type': 'application/json' }, body });
    assert.equal(unsigned.status, 401);
    assertWords(unsigned.text);
    const { secret } = (await local('secret')) as { secret: string };
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const refusals: [string, Delivery][] = [
      ['another key', { secret: other }],
      ['an old time', { timestamp: now - 600 }],
      ['a time to come', { timestamp: now + 600 }],
      ['no time', { headers: { 'webhook-timestamp': 'now' } }],
      ['another id', { headers: { 'webhook-id': 'msg_another' } }],
      ['another body', { headers: { 'webhook-signature': signature(secret, 'msg_1', now, '{}') }, id: 'msg_1', timestamp: now }],
      ['another version', { headers: { 'webhook-signature': signature(secret, 'msg_2', now, body).replace('v1', 'v2') }, id: 'msg_2', timestamp: now }],
      ['no signature in the header', { headers: { 'webhook-signature': 'v1,' } }],
    ];
    for (const [what, delivery] of refusals) {
      const { status, text } = await post(operationId, 'complete', body, delivery);
      assert.equal(status, 401, what);
      assert.doesNotMatch(text, /whsec_/);
    }
    // The token of a user is no key of a service.
    assert.equal((await http('POST', `/operations/${operationId}/complete`, newUser(), done('forged'))).status, 401);

    assert.equal((await post(operationId, 'complete', done('true'))).status, 202);
    assert.match(await answer, /^research said: .*true/);
  });

  test('is refused in words if nothing can be done with it', async () => {
    const { answer, operationId } = await waiting();
    for (const [what, expected, refused] of [
      ['an unknown operation', 404, await post('op-that-there-is-not', 'complete', done('lost'))],
      ['an id that is none', 404, await post('!', 'complete', done('lost'))],
      ['too much', 413, await post(operationId, 'complete', done('x'.repeat(1_200_000)))],
      ['no JSON', 400, await post(operationId, 'complete', '{"success": tru')],
      ['no object', 400, await post(operationId, 'complete', '[]')],
      ['no word of success', 400, await post(operationId, 'complete', { result: 1 })],
      ['another kind of success', 400, await post(operationId, 'complete', { success: 'yes' })],
    ] as const) {
      assert.equal(refused.status, expected, `${what}: ${refused.text.slice(0, 200)}`);
      assertWords(refused.text);
    }
    assert.equal((await post(operationId, 'complete', done('well'))).status, 202);
    assert.match(await answer, /^research said: .*well/);
  });

  test('counts once: the same again is taken, another under its id is not', async () => {
    const { tab, answer, operationId } = await waiting();
    const id = `msg_${randomUUID()}`;
    assert.equal((await post(operationId, 'progress', { percent: 5 }, { id })).status, 202);
    assert.equal((await post(operationId, 'progress', { percent: 5 }, { id })).status, 202);
    const other = await post(operationId, 'progress', { percent: 6 }, { id });
    assert.equal(other.status, 409);
    assertWords(other.text);

    const completion = `msg_${randomUUID()}`;
    const posts = await Promise.all([1, 2, 3, 4, 5].map(() => post(operationId, 'complete', done('once'), { id: completion })));
    assert.ok(posts.some(({ status }) => status === 202), JSON.stringify(posts));
    assert.ok(posts.every(({ status }) => status === 202 || LATE.includes(status)), JSON.stringify(posts));
    assert.match(await answer, /^research said: .*once/);
    assert.equal(results(tab).length, 1);
  });

  test('may race: one outcome holds, whichever it is', async () => {
    const { tab, answer, operationId } = await waiting();
    const posts = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        post(operationId, 'complete', i % 2 === 0 ? done(`report ${i}`) : { success: false, error: { message: `It broke ${i} times` } }),
      ),
    );
    assert.ok(posts.every(({ status }) => status === 202 || LATE.includes(status)), JSON.stringify(posts));
    assert.match(await answer, /^research (said: .*report \d|failed: .*It broke \d times)/);
    assert.equal(results(tab).length, 1);
    assert.deepEqual(plain((await resumed(tab)).message()), plain(tab.message()));
  });

  test('is there for the owner to see, and for nobody else', async () => {
    const { tab, answer, operationId } = await waiting();
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    const path = `/operations/${operationId}`;
    const running = await http('GET', path, tab.user);
    assert.equal(running.status, 200);
    assert.equal(running.body.operationId, operationId);
    assert.equal(running.body.status, 'running');
    assert.equal((await http('GET', path, newUser('mallory'))).status, 404);
    assert.equal((await http('GET', '/operations/op-that-there-is-not', tab.user)).status, 404);
    assert.equal((await request('GET', path)).status, 401);

    await post(operationId, 'complete', done('to be seen'));
    await answer;
    const ended = await http('GET', path, tab.user);
    assert.equal(ended.body.status, 'completed');
    assert.equal((await http('GET', path, newUser('mallory'))).status, 404);
  });
});

const SEED = Number(process.env.RANDOM_SEED ?? randomInt(1_000_000));

describe(`what a service posts at random, seed ${SEED}`, system, () => {
  afterEach(closeAndVerify);

  /** What is posted of an operation: 500 posts, of which the first that is no progress is its outcome. */
  function posts(operationId: string): [operation: string, kind: 'complete' | 'progress', body: object, id: string][] {
    const delivery = `msg_${randomUUID()}`;
    const many = (n: number, kind: 'complete' | 'progress', body: (i: number) => object, id = (_: number) => `msg_${randomUUID()}`) =>
      Array.from({ length: n }, (_, i) => [operationId, kind, body(i), id(i)] as ReturnType<typeof posts>[number]);
    return [
      ...many(200, 'complete', () => done('the report'), () => delivery),
      ...many(50, 'complete', i => done(`another body ${i}`), () => delivery),
      ...many(100, 'complete', () => done('the report')),
      ...many(75, 'complete', i => ({ success: false, error: { message: `It broke ${i} times` } })),
      ...many(75, 'progress', i => ({ percent: i, message: `Part ${i}` })),
    ];
  }

  test('1,000 completions in duplicate and out of order come to one result and one continuation', { timeout: 30_000 }, async () => {
    const dice = new Dice(SEED);
    const tab = new Tab();
    const labels = [newLabel(), newLabel()];
    const answer = tab.ask(lines(build(LONG, labels[0]), research(LONG, labels[1])));
    const works = await Promise.all(labels.map(workOf));
    await until('the detached one', () => isFinal(tab.calls()[0]), () => tab.calls());
    const { secret } = (await local('secret')) as { secret: string };
    const all = dice.shuffled(works.flatMap(({ operationId }) => posts(operationId)));
    assert.equal(all.length, 1_000);

    const statuses = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let next = all.pop(); next !== undefined; next = all.pop()) {
          const [operation, kind, body, id] = next;
          const { status, text } = await post(operation, kind, body, { id, secret });
          assert.ok(status === 202 || LATE.includes(status), `answered ${status}: ${text}`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    assert.ok(statuses.has(202) && statuses.has(410), JSON.stringify([...statuses]));

    assert.match(await answer, /research (said: .*(the report|another body)|failed: .*It broke \d+ times)/);
    assert.equal(results(tab).length, 2, 'one of each call: what is pending, and the result');
    const seen = async () => (await stored(tab.session, tab.user)).messages;
    await until('the continuation', async () => /report|body|broke/.test(textOf((await seen())[2])), async () => (await seen()).map(textOf));
    assert.equal(await tab.ask('count to 3'), '1 2 3');

    const messages = await seen();
    assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'assistant', 'user', 'assistant']);
    const [built, researched] = callsOf(messages[1]) as [Call, Call];
    assert.deepEqual(plain(researched), plain(callsOf(tab.chat.messages[1])[1]));
    for (const call of [built, researched]) {
      assert.ok(isFinal(call));
      assert.match(call.state === 'output-error' ? call.errorText : JSON.stringify(call.output), /the report|another body \d+|It broke \d+ times/);
    }
    for (const { operationId } of works) {
      const { body } = await http('GET', `/operations/${operationId}`, tab.user);
      assert.match(body.status, /^(completed|failed)$/);
    }
  });
});
