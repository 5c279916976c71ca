// Guests: who they are, what they may do, and how what they began becomes theirs once they have signed in.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { closeAndVerify, handshake, http, newSession, newUser, RawSocket, request, sendFrame, system, tokenOf, until, userMessage } from './support.ts';
import { TRANSFER, use } from './tools-support.ts';

/** A new guest; waits where other tests have let in too many. */
async function arrive(): Promise<{ user: string; token: string; expiresAt: string }> {
  for (;;) {
    const { status, headers, body } = await request('POST', '/guests');
    if (status === 201) {
      return body;
    }
    assert.equal(status, 429, JSON.stringify(body));
    await pause(Number(headers.get('retry-after')) * 1_000);
  }
}

/** Asks by a token. */
const as = (token: string, method: string, path: string, body?: object) =>
  request(method, path, { headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });

async function say(token: string, session: string, text: string) {
  const { status, body } = await as(token, 'POST', `/sessions/${session}/messages?wait=25`, { message: userMessage(text) });
  assert.ok(status < 300, JSON.stringify(body));
  return body;
}

/** The turns in somebody's list, the newest first. */
const turnsOf = async (token: string) => ((await as(token, 'GET', '/turns')).body.items as { turnId: string }[]).map(({ turnId }) => turnId);

const claim = (user: string, session: string, token: string) => http('POST', `/sessions/${session}/claim`, user, { token });

describe('a guest', system, () => {
  afterEach(closeAndVerify);

  test('is somebody of their own, over both doors', async () => {
    const [one, other, session] = [await arrive(), await arrive(), newSession()];
    assert.notEqual(one.user, other.user);
    const days = (Date.parse(one.expiresAt) - Date.now()) / 86_400_000;
    assert.ok(days > 29 && days < 31, `${days} days`);

    await say(one.token, session, 'count to 3');
    const socket = await RawSocket.by(one.token);
    assert.equal((await socket.ask(sendFrame(session, 'count to 4'))).type, 'end');
    assert.equal((await as(one.token, 'GET', `/sessions/${session}`)).body.messages.length, 4);
    assert.equal((await as(other.token, 'GET', `/sessions/${session}`)).status, 404);
    const strange = await RawSocket.by(other.token);
    assert.equal((await strange.ask(sendFrame(session, 'hello'))).type, 'error');
  });

  test('is not known by another secret, nor by a token of the issuer', async () => {
    const [one, other] = [await arrive(), await arrive()];
    const [, digits, secret] = one.token.split('_') as [string, string, string];
    const [, otherDigits] = other.token.split('_') as [string, string];
    for (const token of [`hfg_${otherDigits}_${secret}`, `hfg_${digits}_${'0'.repeat(64)}`, `hf_${digits}_${secret}`, one.token.slice(0, -1), await tokenOf(one.user), await tokenOf('guest:')]) {
      assert.equal((await as(token, 'GET', '/sessions')).status, 401, token.slice(0, 40));
      assert.equal(await handshake(`?token=${token}`), 401, token.slice(0, 40));
    }
  });

  test('can neither make keys or schedules nor claim sessions', async () => {
    const { token } = await arrive();
    assert.equal((await as(token, 'POST', '/schedules', { name: 'x', schedule: 'rate(1 day)', input: 'x' })).status, 403);
    assert.deepEqual((await as(token, 'GET', '/schedules')).body.items, []);
    assert.equal((await as(token, 'POST', '/keys', { name: 'x', scopes: ['sessions:read'] })).status, 403);
    assert.equal((await as(token, 'POST', `/sessions/${newSession()}/claim`, { token })).status, 403);
  });
});

describe('a guest’s session', system, () => {
  afterEach(closeAndVerify);

  test('becomes the user’s who claims it, with all that is in it', async () => {
    const [guest, user, session] = [await arrive(), newUser(), newSession()];
    const turn = await say(guest.token, session, use('echo', { value: 7 }));
    let before: any;
    const isTitled = async () => (before = (await as(guest.token, 'GET', `/sessions/${session}`)).body).title.startsWith('You said: ');
    await until('a title, after which nothing changes', isTitled, () => before);
    const calls = `/turns/${turn.turnId}/calls/${turn.calls[0].toolCallId}`;

    assert.deepEqual((await claim(user, session, guest.token)).body, { id: session, claimed: true });
    assert.deepEqual((await http('GET', `/sessions/${session}`, user)).body, before);
    for (const path of [`/sessions/${session}`, `/turns/${turn.turnId}`, calls, `/sessions/${session}/operations`]) {
      assert.equal((await http('GET', path, user)).status, 200, path);
      assert.equal((await as(guest.token, 'GET', path)).status, 404, path);
    }
    const listed = async (token: string) => ((await as(token, 'GET', '/sessions')).body.items as { id: string }[]).map(({ id }) => id);
    const own = await tokenOf(user);
    await until('the lists to have it', async () => (await listed(own)).includes(session) && !(await listed(guest.token)).includes(session));
    assert.deepEqual(await turnsOf(guest.token), []);
    await until('the guest’s turn in the user’s list', async () => (await turnsOf(own)).includes(turn.turnId));
    const { turnId, status } = await say(own, session, 'count to 3');
    assert.equal(status, 'completed');
    await until('the user’s own turn beside it', async () => (await turnsOf(own)).includes(turnId));
    assert.deepEqual(await turnsOf(own), [turnId, turn.turnId]);

    assert.deepEqual((await claim(user, session, guest.token)).body, { id: session, claimed: false }, 'the same again');
    assert.equal((await claim(newUser('mallory'), session, guest.token)).status, 404);
  });

  test('is nobody’s to claim without the guest’s token', async () => {
    const [guest, other, user, session] = [await arrive(), await arrive(), newUser(), newSession()];
    await say(guest.token, session, 'count to 3');
    for (const token of [other.token, `hfg_${'0'.repeat(24)}_${'0'.repeat(64)}`, 'nonsense', await tokenOf(user)]) {
      assert.equal((await claim(user, session, token)).status, 404, token.slice(0, 40));
    }
    assert.equal((await http('POST', `/sessions/${session}/claim`, user, {})).status, 400);
    assert.equal((await claim(user, newSession(), guest.token)).status, 404);
    const users = newSession();
    await http('POST', '/sessions', newUser(), { id: users });
    assert.equal((await claim(user, users, guest.token)).status, 404, 'a user’s session is nobody else’s');
    assert.equal((await as(guest.token, 'GET', `/sessions/${session}`)).status, 200);
  });

  test('waits until its turn has ended', async () => {
    const [guest, user, session] = [await arrive(), newUser(), newSession()];
    const { turnId } = await say(guest.token, session, TRANSFER);
    const { status, body } = await claim(user, session, guest.token);
    assert.equal(status, 409);
    assert.equal(body.type, '/problems/session-busy');
    assert.equal((await as(guest.token, 'POST', `/turns/${turnId}/cancel`)).status, 200);
    assert.equal((await claim(user, session, guest.token)).status, 200);
    assert.equal((await http('POST', `/turns/${turnId}/cancel`, user)).body.status, 'cancelled');
  });

  test('tells the guest’s connections nothing more', async () => {
    const [guest, user, session] = [await arrive(), newUser(), newSession()];
    const socket = await RawSocket.by(guest.token);
    assert.equal((await socket.ask(sendFrame(session, 'count to 3'))).type, 'end');
    socket.send({ type: 'watch', requestId: 'w', id: session });
    await until('the guest to watch', () => socket.wire.of('w').length > 0);
    assert.equal((await claim(user, session, guest.token)).status, 200);
    // The model may write the title of what the guest has begun at any time, until it is another's.
    const toldTo = (of: RawSocket) => of.wire.of('w').filter(({ event }: any) => event?.type !== 'title-changed').length;
    const told = toldTo(socket);

    const owner = await RawSocket.open(user);
    owner.send({ type: 'watch', requestId: 'w', id: session });
    await until('the owner to watch', () => owner.wire.of('w').length > 0);
    assert.equal((await owner.ask(sendFrame(session, 'count to 4'))).type, 'end');
    await until('the owner to be told', () => owner.wire.of('w').length >= 3, () => owner.wire.of('w'));
    await socket.ping();
    assert.equal(toldTo(socket), told, JSON.stringify(socket.wire.of('w')));
    for (const frame of [sendFrame(session, 'hello'), { type: 'resume', requestId: randomUUID() as string, id: session, headers: {}, body: {} }]) {
      assert.equal((await socket.ask(frame)).type, 'error');
    }
    socket.send({ type: 'ping', requestId: 'w' });
    await until('the watch to be refused', () => socket.wire.of('w').some(({ type }) => type === 'error'), () => socket.wire.of('w'));
  });

  test('has its work done for its new owner', async () => {
    const [guest, user, session] = [await arrive(), newUser(), newSession()];
    const { calls } = await say(guest.token, session, use('build_report', { ms: 3_000, progress: 0, label: `claimed-${randomUUID().slice(0, 8)}` }));
    const { operationId } = (await as(guest.token, 'GET', `/sessions/${session}/operations`)).body.items[0];
    assert.equal(calls[0].toolName, 'build_report');
    assert.equal((await claim(user, session, guest.token)).status, 200);

    assert.equal((await http('GET', `/operations/${operationId}`, user)).status, 200);
    assert.equal((await as(guest.token, 'GET', `/operations/${operationId}`)).status, 404);
    assert.equal((await as(guest.token, 'POST', `/operations/${operationId}/cancel`)).status, 404);
    const own = async () => (await http('GET', `/sessions/${session}`, user)).body;
    await until('the conversation to go on', async () => (await own()).messages.filter(({ role }: { role: string }) => role === 'assistant').length === 2 && !(await own()).activeTurn, own);
    assert.equal((await http('GET', `/operations/${operationId}`, user)).body.status, 'completed');
  });

  test('brings its subject along, unless the user talks about that already', async () => {
    const [guest, user, subject] = [await arrive(), newUser(), `experiment:${randomUUID()}`];
    const { id } = (await as(guest.token, 'POST', '/sessions', { subject })).body;
    const own = (await http('POST', '/sessions', user, { subject })).body.id;
    const { status, body } = await claim(user, id, guest.token);
    assert.equal(status, 409);
    assert.equal(body.type, '/problems/conflict');
    assert.equal((await as(guest.token, 'GET', `/sessions/${id}`)).status, 200);

    const other = newUser();
    assert.equal((await claim(other, id, guest.token)).status, 200);
    assert.equal((await http('POST', '/sessions', other, { subject })).body.id, id);
    assert.equal((await http('POST', '/sessions', user, { subject })).body.id, own);
    const fresh = await as(guest.token, 'POST', '/sessions', { subject });
    assert.equal(fresh.status, 201, 'the guest begins anew');
    assert.notEqual(fresh.body.id, id);
  });
});
