// How often a user may ask: the rate of SendsPerSecond, for both doors together, and what whoever asks more often is told.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { closeAndVerify, http, newSession, newUser, RawSocket, request, system, tokenOf } from './support.ts';

/** SendsPerSecond of template.yaml, twice as many at once. */
const AT_ONCE = 40;

/** As many as no machine asks in the time in which it would be let through: none of them is a message. */
const FLOOD = 400;

async function flood(token: string): Promise<Awaited<ReturnType<typeof request>>[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const session = newSession();
  return Promise.all(Array.from({ length: FLOOD }, () => request('POST', `/sessions/${session}/messages`, { headers, body: '{}' })));
}

describe('a user who asks too often', system, () => {
  afterEach(closeAndVerify);

  test('is told to wait, and for how long', async () => {
    const answers = await flood(await tokenOf(newUser()));
    const [admitted, refused] = [400, 429].map(status => answers.filter(answer => answer.status === status));
    assert.equal(admitted!.length + refused!.length, FLOOD);
    assert.ok(admitted!.length >= AT_ONCE, `${admitted!.length} were let through`);
    assert.ok(refused!.length > 0, 'nobody was refused');
    for (const { body, headers } of refused!) {
      assert.equal(body.type, '/problems/too-many-requests');
      assert.match(headers.get('retry-after')!, /^[1-9]\d*$/);
    }
  });

  test('may go on with everything else, and nobody else has to wait', async () => {
    const user = newUser();
    const answers = await flood(await tokenOf(user));
    assert.ok(answers.some(({ status }) => status === 429));
    assert.equal((await http('GET', '/sessions', user)).status, 200);
    assert.equal((await http('POST', '/turns/turn_12345678/cancel', user)).status, 404, 'a flood can be stopped');
    assert.equal((await http('POST', `/sessions/${newSession()}/messages`, newUser(), {})).status, 400);
  });

  test('gains nothing by a key, or by the other door', async () => {
    const user = newUser();
    const { key } = (await http('POST', '/keys', user, { name: 'flood', scopes: ['sessions:write'] })).body;
    const socket = await RawSocket.open(user);
    const answers = await Promise.all([flood(await tokenOf(user)), flood(key)]);
    const admitted = answers.flat().filter(({ status }) => status === 400).length;
    assert.ok(admitted < 2 * FLOOD, 'nobody was refused');
    // The bucket is empty now, unless this takes longer than it takes to fill.
    const frames = await Promise.all(
      Array.from({ length: 2 * AT_ONCE }, (_, i) => socket.ask({ type: 'resume', requestId: `r${i}`, id: newSession(), headers: {}, body: {} } as { requestId: string })),
    );
    assert.ok(frames.some(({ errorText }) => /^Too many requests. Please try again in \d+ s\.$/.test(errorText ?? '')));
  });
});
