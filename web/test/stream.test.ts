// Streaming over HTTP: windows of server-sent events, joined, are what the WebSocket says.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { UIMessageChunk } from 'ai';
import { chunksOf, follow, ids, idsOf, textOfChunks, windowOf } from './stream-support.ts';
import { closeAndVerify, forget, http, newSession, newUser, numbers, RawSocket, request, system, tokenOf, upTo, userMessage } from './support.ts';
import { TRANSFER, types } from './tools-support.ts';

/** Sends a text and answers its turn. */
async function say(user: string, session: string, text: string, wait = 0): Promise<any> {
  const { status, body } = await http('POST', `/sessions/${session}/messages?wait=${wait}`, user, { message: userMessage(text) });
  assert.ok(status === 200 || status === 202, JSON.stringify(body));
  return body;
}

/** What the WebSocket says of a turn, all of it. */
async function overSocket(user: string, session: string, turnId: string): Promise<UIMessageChunk[]> {
  const socket = await RawSocket.open(user);
  assert.equal((await socket.ask({ type: 'resume', requestId: 'r', id: session, turnId, headers: {}, body: {} } as never)).type, 'end');
  return socket.wire.chunks('r');
}

const ofTurn = (turnId: string) => `/turns/${turnId}/stream`;
const ofSession = (session: string) => `/sessions/${session}/stream`;

describe('a stream over HTTP', system, () => {
  afterEach(closeAndVerify);

  test('is in windows that are, joined, what the WebSocket says', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'think first\ncount to 60 every 40 ms');
    const [windows, sessionWindows] = await Promise.all([follow(ofTurn(turnId), user), follow(ofSession(session), user)]);
    const chunks = await overSocket(user, session, turnId);
    for (const [each, prefix] of [[windows, ''], [sessionWindows, `${turnId}:`]] as const) {
      assert.deepEqual(chunksOf([...each]), chunks);
      assert.deepEqual(idsOf([...each]), ids(chunks.length, 0, prefix));
      assert.ok(each.length >= 3, `${each.length} windows`);
      assert.ok(each.some(({ events }) => events.length > 1), 'a window has more than one chunk');
      assert.deepEqual(each.map(({ done }) => done), each.map((_, i) => i === each.length - 1));
      assert.deepEqual(each.map(({ retry }) => retry), each.map(() => 100));
    }
    assert.deepEqual(numbers(textOfChunks(chunks)), upTo(60));
  });

  test('of a turn that has ended is whole in one window, and goes on from any place in it', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'think first\ncount to 20 every 20 ms', 25);
    const chunks = await overSocket(user, session, turnId);
    for (const [path, prefix] of [[ofTurn(turnId), ''], [ofSession(session), `${turnId}:`]] as const) {
      for (let last = -1; last < chunks.length - 1; last++) {
        const cursor = `${prefix}${last}`;
        const ways = [
          await windowOf(path, user, { 'last-event-id': cursor }),
          await windowOf(`${path}?after=${cursor}`, user),
          await windowOf(`${path}?after=${prefix}1`, user, { 'last-event-id': cursor }),
        ];
        for (const window of ways) {
          assert.deepEqual(chunksOf([window]), chunks.slice(last + 1), cursor);
          assert.deepEqual(idsOf([window]), ids(chunks.length - last - 1, last + 1, prefix));
          assert.ok(window.done);
        }
      }
      assert.deepEqual(chunksOf([await windowOf(path, user)]), chunks);
      for (const beyond of [chunks.length - 1, chunks.length, 999_999_999_999_999]) {
        assert.equal((await windowOf(path, user, { 'last-event-id': `${prefix}${beyond}` })).status, 204);
        assert.equal((await windowOf(`${path}?after=${prefix}${beyond}`, user)).status, 204);
      }
    }
  });

  test('goes on in the turn that it was of, though another has begun since', async () => {
    const [user, session] = [newUser(), newSession()];
    const one = await say(user, session, 'count to 30', 25);
    const first = await windowOf(ofSession(session), user);
    const two = await say(user, session, 'count to 60 every 40 ms');
    assert.notEqual(one.turnId, two.turnId);

    const rest = await follow(ofSession(session), user, { from: `${one.turnId}:1` });
    assert.deepEqual(rest.flatMap(({ events }) => events), first.events.slice(2));
    assert.equal((await windowOf(ofSession(session), user, { 'last-event-id': first.events.at(-1)!.id! })).status, 204, 'no turn follows');

    const latest = await follow(ofSession(session), user);
    assert.deepEqual(idsOf(latest), ids(chunksOf(latest).length, 0, `${two.turnId}:`));
    assert.deepEqual(numbers(textOfChunks(chunksOf(latest))), upTo(60));
    assert.deepEqual(await windowOf(ofSession(session), user, { 'last-event-id': `${one.turnId}:1` }), rest[0], 'still');
  });

  test('ends with the abort when the turn is cancelled', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'count to 1000 every 20 ms');
    let cancelled = 0;
    const windows = await follow(ofTurn(turnId), user, {
      each: async ({ done }) => {
        if (!done && numbers(textOfChunks(chunksOf([await windowOf(ofTurn(turnId), user)]))).length > 10) {
          cancelled += (await http('POST', `/turns/${turnId}/cancel`, user)).body.cancelled ? 1 : 0;
        }
      },
    });
    assert.equal(cancelled, 1);
    const chunks = chunksOf(windows);
    assert.equal(chunks.at(-1)!.type, 'abort');
    assert.ok(windows.at(-1)!.done);
    assert.deepEqual(chunks, await overSocket(user, session, turnId));
    assert.deepEqual(idsOf(windows), ids(chunks.length));
  });

  test('of a turn that waits for a human stays open at little cost, and goes on with the answer', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId, calls } = await say(user, session, TRANSFER, 25);
    const asked = await windowOf(ofTurn(turnId), user);
    assert.ok(types(chunksOf([asked])).includes('tool-approval-request'));
    assert.deepEqual([asked.done, asked.retry], [false, 3_000]);
    const last = asked.events.at(-1)!.id!;
    const began = performance.now();
    const silent = await windowOf(ofTurn(turnId), user, { 'last-event-id': last });
    assert.deepEqual([silent.events, silent.comments, silent.done, silent.retry], [[], ['waits for a human'], false, 3_000]);
    assert.ok(performance.now() - began < 10_000, 'it is not waited with');

    assert.equal((await http('POST', `/turns/${turnId}/approvals/${calls[0].approvalId}`, user, { approved: true })).status, 200);
    const rest = await follow(ofTurn(turnId), user, { from: last });
    assert.ok(rest.at(-1)!.done);
    const chunks = chunksOf([asked, ...rest]);
    assert.equal(chunks.at(-1)!.type, 'finish');
    assert.deepEqual(chunks, await overSocket(user, session, turnId));
    assert.deepEqual(idsOf([asked, ...rest]), ids(chunks.length));
  });

  test('says nothing for 20 s at most', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'hang after 3');
    let last = '-1';
    const began = performance.now();
    for (let window = await windowOf(ofTurn(turnId), user); window.comments.length === 0; window = await windowOf(ofTurn(turnId), user, { 'last-event-id': last })) {
      last = window.events.at(-1)!.id!;
    }
    const took = performance.now() - began;
    assert.ok(took > 19_000 && took < 29_000, `${took} ms`);
    assert.equal((await http('POST', `/turns/${turnId}/cancel`, user)).body.cancelled, true);
    const rest = await windowOf(ofTurn(turnId), user, { 'last-event-id': last });
    assert.deepEqual([types(chunksOf([rest])).at(-1), rest.done], ['abort', true]);
  });

  test('is given again from the record when Redis has forgotten it', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'think first\ncount to 30', 25);
    const whole = await windowOf(ofTurn(turnId), user);
    for (const parts of [['chunks', 'turn', 'subs'], ['chunks'], ['turn']]) {
      await forget(turnId, parts);
      assert.deepEqual(await windowOf(ofTurn(turnId), user), whole);
      await forget(turnId, parts);
      assert.deepEqual(chunksOf([await windowOf(ofTurn(turnId), user, { 'last-event-id': '3' })]), chunksOf([whole]).slice(4));
      await forget(turnId, parts);
      assert.deepEqual(chunksOf([await windowOf(ofSession(session), user)]), chunksOf([whole]));
    }
  });

  test('goes on when Redis forgets it in the middle', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'count to 80 every 40 ms');
    let forgotten = false;
    const windows = await follow(ofTurn(turnId), user, {
      each: async ({ done }) => {
        if (!forgotten && !done) {
          await forget(turnId);
          forgotten = true;
        }
      },
    });
    assert.ok(forgotten);
    const chunks = chunksOf(windows);
    assert.deepEqual(numbers(textOfChunks(chunks)), upTo(80));
    assert.deepEqual(idsOf(windows), ids(chunks.length));
    assert.equal(chunks.at(-1)!.type, 'finish');
  });

  test('is refused to whom it is not for, and where there is none', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'count to 3', 25);
    const other = await say(user, newSession(), 'count to 3', 25);
    for (const path of [ofTurn(turnId), ofSession(session)]) {
      assert.equal((await windowOf(path, newUser('mallory'))).status, 404);
      assert.equal((await request('GET', path)).status, 401);
      assert.equal((await request('GET', `${path}?token=`)).status, 401);
      assert.equal((await request('GET', `${path}?token=nonsense`)).status, 401);
      assert.equal((await request('GET', `${path}?token=${await tokenOf(newUser('mallory'))}`)).status, 404);
      assert.equal((await request('GET', `${path}?token=${await tokenOf(user)}`)).status, 200);
      assert.equal((await request('GET', `${path}?token=${await tokenOf(user)}`, { headers: { authorization: 'Bearer nonsense' } })).status, 401, 'the header counts');
    }
    assert.equal((await windowOf(ofTurn('turn-87654321'), user)).status, 404);
    assert.equal((await windowOf(ofSession(newSession()), user)).status, 404);
    assert.equal((await windowOf(ofTurn('x'), user)).status, 400);
    assert.equal((await windowOf(ofSession('x'), user)).status, 400);
    assert.equal((await request('GET', `/turns/${turnId}?token=${await tokenOf(user)}`)).status, 401, 'only streams take a token there');

    const created = await http('POST', '/sessions', user, {});
    assert.equal((await windowOf(ofSession(created.body.id), user)).status, 204, 'nothing has been said');
    for (const strange of [other.turnId, 'turn-87654321']) {
      const { status, body } = await windowOf(ofSession(session), user, { 'last-event-id': `${strange}:1` });
      assert.deepEqual([status, body.type], [410, '/problems/stream-gone']);
    }
  });

  test('takes no nonsense for a cursor', async () => {
    const [user, session] = [newUser(), newSession()];
    const { turnId } = await say(user, session, 'count to 3', 25);
    const nonsense = ['', ' ', 'x', '-2', '+1', '01', '1.5', '1e3', '0x1', '1,2', '9999999999999999', '٣', `${turnId}:`, `:1`, `${turnId}:x`, `x:1`];
    for (const [path, more] of [[ofTurn(turnId), [`${turnId}:1`]], [ofSession(session), ['1', '-1', '0']]] as const) {
      for (const cursor of [...nonsense, ...more]) {
        assert.equal((await windowOf(`${path}?after=${encodeURIComponent(cursor)}`, user)).status, 400, `after ${cursor}`);
        assert.equal((await windowOf(`${path}?after=${encodeURIComponent(cursor)}`, user, { 'last-event-id': path === ofTurn(turnId) ? '1' : `${turnId}:1` })).status, 400);
        // Node sends only what Latin-1 has, and no spaces around it.
        if (/^[!-~]+$/.test(cursor)) {
          assert.equal((await windowOf(path, user, { 'last-event-id': cursor })).status, 400, `Last-Event-ID ${cursor}`);
        }
      }
    }
  });
});
