// The same turns, asked for over HTTP: one answer at once, with the calls of tools that were made.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { http, newSession, newUser, request, stored, system, textOf, userMessage } from './support.ts';

type Turn = {
  turnId: string;
  status: string;
  lastSequence: number;
  calls: { toolCallId: string; toolName: string; state: string; approvalId?: string }[];
  message?: { id: string; role: 'assistant'; parts: { type: string; text?: string; state?: string }[] };
  error?: string;
};

describe('a message over HTTP', system, () => {
  const say = (user: string, session: string, text: string, query = '?wait=25', more: object = {}): Promise<{ status: number; body: Turn }> =>
    http('POST', `/sessions/${session}/messages${query}`, user, { message: userMessage(text, `m-${text.length}`), ...more });

  test('is answered at once, with the calls that were made', async () => {
    const [user, session] = [newUser(), newSession()];
    // With a title of its own, so that the model writes none, which the turn's usage would count.
    await http('POST', '/sessions', user, { id: session, title: 'Echoes' });
    const { status, body } = await say(user, session, 'use echo {"value":7}\nuse fail {"message":"no"}\nthen\ncount to 3');
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.status, 'completed');
    assert.deepEqual(body.calls.map(call => [call.toolName, call.state]), [['echo', 'done'], ['fail', 'failed']]);
    assert.match(textOf(body.message as never), /echo said: .*1 2 3$/s);
    assert.deepEqual((await stored(session, user)).messages.at(-1), body.message);
    const { lastSequence, ...later } = (await http('GET', `/turns/${body.turnId}`, user)).body;
    // The record ends before the stream, whose last chunk may still have been missing.
    assert.ok(lastSequence - body.lastSequence <= 1, `${lastSequence} after ${body.lastSequence}`);
    assert.deepEqual({ ...later, lastSequence: body.lastSequence }, body);
    assert.equal((await http('GET', `/turns/${body.turnId}`, newUser('mallory'))).status, 404);
  });

  test('is one turn, however often it comes', async () => {
    const [user, session] = [newUser(), newSession()];
    const first = await say(user, session, 'count to 20 every 20 ms', '');
    assert.equal(first.status, 202);
    assert.equal(first.body.status, 'running');
    const second = await say(user, session, 'count to 20 every 20 ms');
    assert.equal(second.status, 200);
    assert.equal(second.body.turnId, first.body.turnId);
    assert.equal((await say(user, session, 'Count to 20 every 20 ms')).status, 409, 'other words under the same id');
  });

  test('that is risky comes back with what is asked, and goes on when it is answered', async () => {
    const [user, session] = [newUser(), newSession()];
    const asked = await say(user, session, 'use transfer {"to":"bob","amount":5}');
    assert.equal(asked.status, 202);
    assert.equal(asked.body.status, 'waiting');
    assert.equal(asked.body.calls[0]!.state, 'waiting');
    const path = `/turns/${asked.body.turnId}/approvals/${asked.body.calls[0]!.approvalId}`;
    assert.equal((await http('POST', path, user, { approved: false, reason: 'not now' })).status, 200);
    const done = await say(user, session, 'use transfer {"to":"bob","amount":5}');
    assert.equal(done.body.calls[0]!.state, 'denied');
    assert.match(textOf(done.body.message as never), /not now/);
  });

  test('that fails says why', async () => {
    const { status, body } = await say(newUser(), newSession(), 'fail access');
    assert.equal(status, 200);
    assert.equal(body.status, 'failed');
    assert.match(body.error!, /not available/);
  });

  test('is refused in words where it must be', async () => {
    const [user, session] = [newUser(), newSession()];
    const refused = async (status: number, words: RegExp, path: string, body: object | string) => {
      const answer = await http('POST', path, user, body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(answer.body.detail, words);
    };
    const path = `/sessions/${session}/messages`;
    const message = userMessage('hello', 'm1');
    await refused(400, /JSON object/, path, 'nonsense');
    await refused(400, /message/, path, {});
    await refused(400, /role/, path, { message: { ...message, role: 'assistant' } });
    await refused(400, /text/, path, { message: { ...message, parts: [{ type: 'text', text: ' ' }] } });
    await refused(400, /wait/, `${path}?wait=26`, { message });
    await refused(400, /wait/, `${path}?wait=soon`, { message });
    await refused(400, /no assistant/, path, { message, assistant: 'nobody' });
    await refused(400, /session id/, '/sessions/x/messages', { message });
    assert.equal((await say(user, session, 'count to 3')).status, 200);
    assert.equal((await say(newUser('mallory'), session, 'count to 4')).status, 404);
  });
});

describe('the API', system, () => {
  test('says whether what it stands on answers', async () => {
    const { status, body } = await request('GET', '/health?deep=true');
    assert.equal(status, 200);
    assert.deepEqual(body, { status: 'ok', parts: { record: 'ok', streams: 'ok', turns: 'ok' } });
    assert.deepEqual((await request('GET', '/health')).body, { status: 'ok' });
    assert.equal((await request('GET', '/health?deep=yes')).status, 400);
  });
});
