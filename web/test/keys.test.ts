// Keys for services: what they may do, over HTTP and over the socket, and that they end when they are told to.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { closeAndVerify, handshake, http, newSession, newUser, RawSocket, request, sendFrame, system, tokenOf, userMessage } from './support.ts';

const ALL = ['sessions:read', 'sessions:write', 'turns:read', 'turns:write', 'operations:read', 'operations:write'];

const make = (user: string, more: object = {}) => http('POST', '/keys', user, { name: 'A service', scopes: ALL, ...more });

/** Asks by a key. */
const ask = (key: string, method: string, path: string, body?: object) =>
  request(method, path, { headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });

const say = (key: string, session: string, text: string) => ask(key, 'POST', `/sessions/${session}/messages?wait=25`, { message: userMessage(text) });

describe('a key', system, () => {
  test('is shown once, and listed without its secret', async () => {
    const user = newUser();
    const before = Date.now();
    const { status, body } = await make(user, { expiresIn: 3_600, scopes: ['turns:read', 'sessions:read', 'turns:read'] });
    assert.equal(status, 201, JSON.stringify(body));
    const { key, ...shown } = body;
    assert.deepEqual(shown.scopes, ['sessions:read', 'turns:read']);
    assert.deepEqual(shown.roles, []);
    const life = Date.parse(shown.expiresAt) - before;
    assert.ok(Math.abs(life - 3_600_000) < 30_000, `${life} ms`);

    const { items } = (await http('GET', '/keys', user)).body;
    assert.equal(items.length, 1);
    assert.deepEqual(items[0], shown);
    assert.deepEqual((await http('GET', '/keys', newUser())).body.items, []);
  });

  test('acts for the user who made it', async () => {
    const [user, session] = [newUser(), newSession()];
    const { key } = (await make(user)).body;
    const { status, body } = await say(key, session, 'count to 3');
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((await http('GET', `/sessions/${session}`, user)).body.messages.length, 2);
    assert.equal((await http('GET', `/sessions/${session}`, newUser('mallory'))).status, 404);
    assert.equal((await ask(key, 'GET', `/turns/${body.turnId}`)).status, 200);
  });

  test('may do what its scopes say and no more', async () => {
    const [user, session] = [newUser(), newSession()];
    await http('POST', `/sessions/${session}/messages?wait=25`, user, { message: userMessage('count to 3') });
    const { key } = (await make(user, { scopes: ['sessions:read'] })).body;
    assert.equal((await ask(key, 'GET', `/sessions/${session}`)).status, 200);
    for (const [method, path, scope] of [
      ['POST', `/sessions/${session}/messages`, 'sessions:write'],
      ['PATCH', `/sessions/${session}`, 'sessions:write'],
      ['GET', '/turns/turn_12345678', 'turns:read'],
      ['POST', '/turns/turn_12345678/cancel', 'turns:write'],
      ['GET', '/operations/op_12345678', 'operations:read'],
    ] as const) {
      const { status, body } = await ask(key, method, path, method === 'GET' ? undefined : {});
      assert.equal(status, 403, `${method} ${path}`);
      assert.equal(body.type, '/problems/forbidden');
      assert.match(body.detail, new RegExp(scope));
    }
  });

  test('cannot make, list or revoke keys', async () => {
    const { key, keyId } = (await make(newUser())).body;
    assert.equal((await ask(key, 'POST', '/keys', { name: 'more', scopes: ALL })).status, 403);
    assert.equal((await ask(key, 'GET', '/keys')).status, 403);
    assert.equal((await ask(key, 'DELETE', `/keys/${keyId}`)).status, 403);
  });

  test('is of no use once it is revoked, by its user alone', async () => {
    const user = newUser();
    const { key, keyId } = (await make(user)).body;
    assert.equal((await ask(key, 'GET', '/sessions')).status, 200);
    assert.equal((await http('DELETE', `/keys/${keyId}`, newUser('mallory'))).status, 404);
    assert.equal((await ask(key, 'GET', '/sessions')).status, 200);
    assert.deepEqual((await http('DELETE', `/keys/${keyId}`, user)).body, { keyId, revoked: true });
    const { status, body } = await ask(key, 'GET', '/sessions');
    assert.equal(status, 401);
    assert.equal(body.detail, 'Not accepted: the key is not known.');
    assert.equal((await http('DELETE', `/keys/${keyId}`, user)).status, 404);
    assert.deepEqual((await http('GET', '/keys', user)).body.items, []);
  });

  test('is not known by its id, with another secret, or with another’s', async () => {
    const [mine, other] = [(await make(newUser())).body.key as string, (await make(newUser())).body.key as string];
    const [prefix, id, secret] = mine.split('_') as [string, string, string];
    const [, otherId] = other.split('_');
    for (const forged of [`${prefix}_${id}`, `${prefix}_${id}_`, `${prefix}_${id}_${'0'.repeat(64)}`, `${prefix}_${otherId}_${secret}`, mine.slice(0, -1), `${mine}0`, `hf_${randomUUID()}`]) {
      assert.equal((await ask(forged, 'GET', '/sessions')).status, 401, forged.slice(0, 40));
    }
  });

  test('has roles of the user’s, or none', async () => {
    const user = newUser();
    const as = async (roles: string[]) =>
      request('POST', '/keys', {
        headers: { authorization: `Bearer ${await tokenOf(user, ['admin'])}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'x', scopes: ['sessions:read'], roles }),
      });
    assert.deepEqual((await as(['admin'])).body.roles, ['admin']);
    assert.equal((await as(['admin', 'root'])).status, 400);
  });

  test('is one of twenty, also when many are made at once', async () => {
    const user = newUser();
    const made = await Promise.all(Array.from({ length: 24 }, () => make(user)));
    let keys = made.filter(({ status }) => status === 201);
    // Those that crossed too often may be sent again, as is said of a 500.
    while (keys.length < 20) {
      const again = await make(user);
      assert.equal(again.status, 201, JSON.stringify(again.body));
      keys = [...keys, again];
    }
    assert.equal(keys.length, 20);
    const { status, body } = await make(user);
    assert.equal(status, 409);
    assert.equal(body.type, '/problems/limit-reached');
    assert.equal((await http('GET', '/keys', user)).body.items.length, 20);
    await http('DELETE', `/keys/${keys[7]!.body.keyId}`, user);
    assert.equal((await make(user)).status, 201);
  });

  test('is refused where it says what is none', async () => {
    const user = newUser();
    for (const more of [{ name: '' }, { name: ' ' }, { name: 'x'.repeat(101) }, { scopes: [] }, { scopes: ['all'] }, { scopes: 'sessions:read' }, { roles: 'admin' }, { expiresIn: 59 }, { expiresIn: 366 * 86_400 + 1 }, { expiresIn: '60' }, { expiresIn: 1e30 }]) {
      assert.equal((await make(user, more)).status, 400, JSON.stringify(more));
    }
    assert.deepEqual((await http('GET', '/keys', user)).body.items, []);
  });
});

describe('a key on the socket', system, () => {
  afterEach(closeAndVerify);

  /** Fails unless the frame is refused by these words. */
  const refused = async (socket: RawSocket, frame: { requestId: string }, words: RegExp) => {
    const { type, errorText } = await socket.ask(frame);
    assert.equal(type, 'error');
    assert.match(errorText!, words);
  };

  test('opens a connection that acts for its user, until it is revoked', async () => {
    const [user, session] = [newUser(), newSession()];
    const { key, keyId } = (await make(user)).body;
    const socket = await RawSocket.by(key);
    assert.equal((await socket.ask(sendFrame(session, 'count to 3'))).type, 'end');
    assert.equal((await http('GET', `/sessions/${session}`, user)).body.messages.length, 2);

    await http('DELETE', `/keys/${keyId}`, user);
    await refused(socket, sendFrame(session, 'count to 4'), /not known/);
    for (const type of ['watch', 'resume', 'abort']) {
      await refused(socket, { type, requestId: randomUUID(), id: session, headers: {}, body: {} } as { requestId: string }, /not known/);
    }
    assert.equal((await http('GET', `/sessions/${session}`, user)).body.messages.length, 2);
    assert.equal(await handshake(`?token=${key}`), 401);
  });

  test('may do what its scopes say', async () => {
    const [user, session] = [newUser(), newSession()];
    await http('POST', `/sessions/${session}/messages?wait=25`, user, { message: userMessage('count to 3') });
    const { key } = (await make(user, { scopes: ['turns:read'] })).body;
    const socket = await RawSocket.by(key);
    const resume = { type: 'resume', requestId: randomUUID() as string, id: session, headers: {}, body: {} };
    assert.equal((await socket.ask(resume)).type, 'end');
    await refused(socket, sendFrame(session, 'count to 4'), /lacks the scope sessions:write/);
    await refused(socket, { type: 'watch', requestId: randomUUID(), id: session } as { requestId: string }, /lacks the scope sessions:read/);
    await refused(socket, { type: 'abort', requestId: resume.requestId + 'x' } as { requestId: string }, /lacks the scope turns:write/);
  });
});
