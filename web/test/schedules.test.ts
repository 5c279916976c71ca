// Schedules over HTTP, fired by the system's own EventBridge Scheduler, and firings that come twice or too late.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { closeAndVerify, http, HOLDFAST_URL, newSession, newUser, request, stored, system, Tab, textOf, tokenOf, until, userMessage } from './support.ts';
import { assertWords, TRANSFER } from './tools-support.ts';

type Schedule = {
  scheduleId: string;
  name: string;
  schedule: string;
  timezone: string;
  input: string;
  assistant?: string;
  session?: string;
  state: 'enabled' | 'paused';
  createdAt: string;
  lastFiredAt?: string;
  lastStatus?: string;
  lastTurnId?: string;
};

const YEARLY = { name: 'yearly', schedule: 'cron(0 8 1 1 ? *)', input: 'count to 3' };

/** Sends a time that comes soon; on a slow machine it may have passed when it arrives: then a later one. */
async function soon(send: (time: Date) => Promise<{ status: number; body: any }>): Promise<Schedule> {
  for (const seconds of [3, 10, 30]) {
    const { status, body } = await send(new Date(Math.ceil(Date.now() / 1_000) * 1_000 + seconds * 1_000));
    if (status !== 400 || !/passed/.test(body.detail)) {
      assert.ok(status < 300, JSON.stringify(body));
      return body;
    }
  }
  assert.fail('every time had passed');
}

const at = (time: Date) => `at(${time.toISOString().slice(0, 19)})`;

/** A whole second: the service has no finer. */
const second = (offset = 0) => `${new Date(Date.now() + offset * 1_000).toISOString().slice(0, 19)}Z`;

async function make(user: string, over: object = {}): Promise<Schedule> {
  const { status, body } = await http('POST', '/schedules', user, { ...YEARLY, ...over });
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(await get(user, body.scheduleId), body);
  return body;
}

async function get(user: string, id: string): Promise<Schedule> {
  const { status, body } = await http('GET', `/schedules/${id}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** The schedule, when it has fired. */
async function fired(user: string, id: string): Promise<Schedule> {
  let schedule = await get(user, id);
  await until('a firing', async () => (schedule = await get(user, id)).lastStatus !== undefined, () => schedule);
  return schedule;
}

/** The turn of an id, when it has ended. */
async function ended(user: string, turnId: string): Promise<any> {
  let turn: any;
  await until('the end of the turn', async () => (turn = (await http('GET', `/turns/${turnId}`, user)).body).status === 'completed', () => turn);
  return turn;
}

/** Calls the schedule function, as EventBridge Scheduler would; the failure's name where it throws. */
async function fire(scheduleId: string, scheduledTime: string): Promise<{ outcome?: string; turnId?: string; error?: string }> {
  const endpoints = (await (await fetch(`${HOLDFAST_URL}/local/endpoints`)).json()) as { lambda: string };
  const response = await fetch(`${endpoints.lambda}/2015-03-31/functions/ScheduleFunction/invocations`, {
    method: 'POST',
    body: JSON.stringify({ scheduleId, scheduledTime }),
  });
  assert.equal(response.status, 200);
  const answer = (await response.json()) as { outcome?: string; turnId?: string; errorType?: string };
  return response.headers.has('x-amz-function-error') ? { error: answer.errorType! } : answer;
}

async function list(user: string, query = ''): Promise<{ items: Schedule[]; nextCursor?: string }> {
  const { status, body } = await http('GET', `/schedules${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

describe('a schedule', system, () => {
  afterEach(closeAndVerify);

  test('fires at its time, in its time zone, in a session of its own', async () => {
    const user = newUser();
    let due = '';
    const { scheduleId } = await soon(time => {
      due = time.toISOString().replace('.000', '');
      const local = time.toLocaleString('sv-SE', { timeZone: 'Asia/Kolkata' }).replace(' ', 'T');
      return http('POST', '/schedules', user, { ...YEARLY, schedule: `at(${local})`, timezone: 'Asia/Kolkata', assistant: 'brief' });
    });

    const schedule = await fired(user, scheduleId);
    assert.deepEqual([schedule.lastStatus, schedule.lastFiredAt], ['started', due]);
    const turn = await ended(user, schedule.lastTurnId!);
    assert.equal(textOf(turn.message), '1 2 3');
    assert.equal(turn.message.metadata.assistant, 'brief');
    const { messages } = await stored(turn.sessionId, user);
    assert.deepEqual(messages.map(message => textOf(message)), ['count to 3', '1 2 3']);
    assert.equal((await http('GET', `/turns/${schedule.lastTurnId}`, newUser('mallory'))).status, 404);
  });

  test('goes on in one session, if it is told to, with the roles of its owner', async () => {
    const tab = new Tab({ roles: ['guest'] });
    await tab.ask('hello');
    const { body: schedule } = await request('POST', '/schedules', {
      headers: { authorization: `Bearer ${await tokenOf(tab.user, ['guest'])}` },
      body: JSON.stringify({ ...YEARLY, schedule: 'rate(1 day)', session: tab.session, assistant: 'guarded', input: 'show tools' }),
    });
    const { lastTurnId } = await fired(tab.user, schedule.scheduleId);
    const turn = await ended(tab.user, lastTurnId!);
    assert.equal(turn.sessionId, tab.session);
    assert.match(textOf(turn.message), /echo: /);
    assert.doesNotMatch(textOf(turn.message), /transfer: /, 'guests are not offered it');
    assert.equal((await stored(tab.session, tab.user)).messages.length, 4);
  });

  test('that fires twice for the same time has one turn, also at once', async () => {
    const user = newUser();
    const { scheduleId } = await make(user);
    const time = second();
    const firings = await Promise.all([1, 2, 3, 4].map(() => fire(scheduleId, time)));
    assert.deepEqual([...new Set(firings.map(({ outcome }) => outcome))], ['started']);
    assert.equal(new Set(firings.map(({ turnId }) => turnId)).size, 1);
    const turn = await ended(user, firings[0]!.turnId!);

    assert.equal((await fire(scheduleId, time)).turnId, turn.turnId, 'after its end too');
    assert.equal((await stored(turn.sessionId, user)).messages.length, 2);
    assert.notEqual((await fire(scheduleId, second(-60))).turnId, turn.turnId);
    assert.equal((await get(user, scheduleId)).lastTurnId, turn.turnId, 'the latest counts, not the last that came');

    await http('PATCH', `/schedules/${scheduleId}`, user, { input: 'count to 4' });
    assert.equal((await fire(scheduleId, time)).outcome, 'ignored', 'it has run with other words');
    assert.equal((await get(user, scheduleId)).lastTurnId, turn.turnId);
  });

  test('that is paused does not fire, nor does what was under way', async () => {
    const user = newUser();
    const { scheduleId } = await make(user);
    const path = `/schedules/${scheduleId}`;
    const { status, body } = await http('PATCH', path, user, { state: 'paused' });
    assert.equal(status, 200);
    assert.equal(body.state, 'paused');
    assert.equal((await soon(time => http('PATCH', path, user, { schedule: at(time) }))).state, 'paused');
    const later = await soon(time => http('POST', '/schedules', user, { ...YEARLY, schedule: at(time) }));

    await fired(user, later.scheduleId);
    assert.equal((await fire(scheduleId, second())).outcome, 'ignored');
    assert.equal((await get(user, scheduleId)).lastStatus, undefined);

    await soon(time => http('PATCH', path, user, { state: 'enabled', schedule: at(time), input: 'count to 2', name: 'again' }));
    const schedule = await fired(user, scheduleId);
    assert.deepEqual([schedule.name, schedule.state, schedule.lastStatus], ['again', 'enabled', 'started']);
    assert.equal(textOf((await ended(user, schedule.lastTurnId!)).message), '1 2');
  });

  test('that is deleted is gone, what it began is not, and what was under way does nothing', async () => {
    const user = newUser();
    const { scheduleId } = await make(user);
    const { turnId } = await fire(scheduleId, second());
    const path = `/schedules/${scheduleId}`;
    assert.equal((await http('DELETE', path, newUser('mallory'))).status, 404);
    assert.equal((await http('DELETE', path, user)).status, 204);
    for (const method of ['DELETE', 'GET', 'PATCH']) {
      assert.equal((await http(method, path, user, method === 'GET' ? undefined : { name: 'x' })).status, 404, method);
    }
    assert.equal((await fire(scheduleId, second())).outcome, 'ignored');
    assert.deepEqual((await list(user)).items, []);
    await ended(user, turnId!);
  });

  test('whose session is busy comes again, and says so when that was too long', async () => {
    const [user, session] = [newUser(), newSession()];
    const { body: asked } = await http('POST', `/sessions/${session}/messages?wait=25`, user, { message: userMessage(TRANSFER) });
    assert.equal(asked.status, 'waiting');
    const { scheduleId } = await make(user, { session });
    const time = second();
    assert.deepEqual(await fire(scheduleId, time), { error: 'io.holdfast.schedule.SessionBusyException' });
    assert.equal((await get(user, scheduleId)).lastStatus, undefined);
    assert.deepEqual(await fire(scheduleId, second(-150)), { outcome: 'busy' });
    assert.equal((await get(user, scheduleId)).lastStatus, 'busy');
    await http('POST', `/turns/${asked.turnId}/approvals/${asked.calls[0].approvalId}`, user, { approved: false });
    await ended(user, asked.turnId);

    const { turnId } = await fire(scheduleId, time);
    assert.equal(textOf((await ended(user, turnId!)).message), '1 2 3');
    const { lastStatus, lastTurnId } = await get(user, scheduleId);
    assert.deepEqual([lastStatus, lastTurnId], ['started', turnId]);
  });

  test('that fires half an hour late does not run', async () => {
    const user = newUser();
    const { scheduleId } = await make(user);
    assert.deepEqual(await fire(scheduleId, second(-1_805)), { outcome: 'missed' });
    const schedule = await get(user, scheduleId);
    assert.deepEqual([schedule.lastStatus, schedule.lastTurnId], ['missed', undefined]);
    assert.equal((await fire(scheduleId, second(-1_700))).outcome, 'started');
  });

  test('cannot be seen or changed by others', async () => {
    const user = newUser();
    const { scheduleId } = await make(user);
    for (const [method, body] of [['GET'], ['PATCH', { state: 'paused' }], ['DELETE']] as const) {
      assert.equal((await http(method, `/schedules/${scheduleId}`, newUser('mallory'), body)).status, 404, method);
    }
    assert.equal((await get(user, scheduleId)).state, 'enabled');
    for (const id of ['schedule_nobody', 'x', `schedule_${'x'.repeat(64)}`]) {
      assert.equal((await http('GET', `/schedules/${id}`, user)).status, 404, id);
    }
  });

  test('is made once for a key', async () => {
    const user = newUser();
    const authorization = `Bearer ${await tokenOf(user)}`;
    const keyed = (key: string, over: object = {}) =>
      request('POST', '/schedules', { headers: { authorization, 'idempotency-key': key }, body: JSON.stringify({ ...YEARLY, ...over }) });
    const key = randomUUID();
    const all = await Promise.all([1, 2, 3].map(() => keyed(key)));
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 200, 201], JSON.stringify(all.map(({ body }) => body)));
    assert.equal(new Set(all.map(({ body }) => body.scheduleId)).size, 1);
    assert.equal((await keyed(key, { input: 'other words' })).body.type, '/problems/conflict');
    assert.equal((await list(user)).items.length, 1);
    assert.equal((await keyed('x'.repeat(257))).status, 400);

    await http('DELETE', `/schedules/${all[0]!.body.scheduleId}`, user);
    assert.equal((await keyed(key, { input: 'other words' })).status, 201, 'what is deleted is forgotten');
  });

  test('is refused in words if nothing can be made of it', async () => {
    const user = newUser();
    const foreign = new Tab({ user: newUser('mallory') });
    await foreign.ask('hello');
    const refused: [over: object | [], words: RegExp][] = [
      [{ name: '' }, /name/],
      [{ name: 'x'.repeat(101) }, /name/],
      [{ name: 7 }, /name/],
      [{ schedule: undefined }, /schedule/],
      [{ schedule: 'every morning' }, /schedule/],
      [{ schedule: 'rate(1 minute)' }, /often/],
      [{ schedule: 'cron(* * * * ? *)' }, /often/],
      [{ schedule: 'cron(0 8 * * * *)' }, /EventBridge Scheduler/],
      [{ schedule: 'cron(0 25 * * ? *)' }, /EventBridge Scheduler/],
      [{ schedule: 'at(2020-01-01T00:00:00)' }, /passed/],
      [{ timezone: 'Mars/Base' }, /timezone/],
      [{ timezone: null }, /timezone/],
      [{ timezone: '+01:00' }, /timezone/],
      [{ input: '' }, /text/],
      [{ input: 'x'.repeat(20_001) }, /20,000/],
      [{ input: ['hello'] }, /input/],
      [{ assistant: 'nobody' }, /assistant/],
      [{ session: newSession() }, /session/],
      [{ session: foreign.session }, /session/],
      [{ session: 7 }, /session/],
    ];
    for (const [over, words] of refused) {
      const { status, body } = await http('POST', '/schedules', user, { ...YEARLY, ...over });
      assert.equal(status, 400, JSON.stringify([over, body]).slice(0, 300));
      assert.match(body.detail, words);
      assertWords(body.detail);
    }
    assert.deepEqual((await list(user)).items, [], 'nothing is left of them');

    const { scheduleId } = await make(user);
    const before = await get(user, scheduleId);
    for (const [over, words] of [[{ state: 'deleted' }, /state/], [{ name: ' ' }, /name/], [{ input: ' ' }, /text/], [{ schedule: null }, /schedule/],
      [{ schedule: 'rate(4 minutes)' }, /often/], [{ schedule: 'cron(0 8 * * * *)' }, /EventBridge/], [{ timezone: 'x' }, /timezone/]] as const) {
      const { status, body } = await http('PATCH', `/schedules/${scheduleId}`, user, over);
      assert.equal(status, 400, JSON.stringify(over));
      assert.match(body.detail, words);
    }
    assert.deepEqual(await get(user, scheduleId), before);
  });
});

describe('the list of schedules', system, () => {
  test('has those of the user alone, the newest first, page by page, and 20 at most', async () => {
    const user = newUser();
    const ids: string[] = [];
    for (let i = 0; i < 19; i++) {
      ids.unshift((await make(user, { name: `number ${i}` })).scheduleId);
    }
    const last = await Promise.all([1, 2, 3, 4].map(() => http('POST', '/schedules', user, YEARLY)));
    assert.deepEqual(last.map(({ status }) => status).sort(), [201, 409, 409, 409]);
    const full = last.find(({ status }) => status === 409)!.body;
    assert.equal(full.type, '/problems/limit-reached');
    assertWords(full.detail);
    ids.unshift(last.find(({ status }) => status === 201)!.body.scheduleId);

    assert.deepEqual((await list(user)).items.map(({ scheduleId }) => scheduleId), ids);
    assert.deepEqual((await list(newUser('mallory'))).items, []);
    const paged: string[] = [];
    let query = '?limit=8';
    for (;;) {
      const { items, nextCursor } = await list(user, query);
      paged.push(...items.map(({ scheduleId }) => scheduleId));
      if (nextCursor === undefined) {
        break;
      }
      query = `?limit=8&cursor=${nextCursor}`;
    }
    assert.deepEqual(paged, ids);
    for (const wrong of ['?limit=0', '?limit=101', '?cursor=x']) {
      assert.equal((await http('GET', `/schedules${wrong}`, user)).status, 400, wrong);
    }

    assert.equal((await http('DELETE', `/schedules/${ids[7]}`, user)).status, 204);
    await make(user, { name: 'in the place of another' });
  });
});
