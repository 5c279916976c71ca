// Sessions over HTTP: begun, found, listed, named; against a running system.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { closeAndVerify, http, newSession, newUser, system, Tab, until } from './support.ts';
import { assertWords } from './tools-support.ts';

type Head = { id: string; title: string; assistant: string; subject?: string; createdAt: string; updatedAt: string };

const newSubject = () => `experiment:exp_${randomUUID().slice(0, 8)}`;

async function list(user: string, query = ''): Promise<{ items: Head[]; nextCursor?: string }> {
  const { status, body } = await http('GET', `/sessions${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** The list, once it has so many: an index lags behind. */
async function listed(user: string, count: number): Promise<Head[]> {
  let items: Head[] = [];
  await until(`${count} sessions`, async () => (items = (await list(user)).items).length === count, () => items);
  return items;
}

describe('a session', system, () => {
  afterEach(closeAndVerify);

  test('is begun with an id of its own or a given one, once', async () => {
    const user = newUser();
    const { status, body } = await http('POST', '/sessions', user, {});
    assert.equal(status, 201);
    assert.match(body.id, /^[A-Za-z0-9_-]{8,64}$/);
    assert.deepEqual([body.title, body.assistant, body.messages], ['', 'default', []]);

    const id = newSession();
    const named = await http('POST', '/sessions', user, { id, title: 'About mills', assistant: 'brief' });
    assert.equal(named.status, 201);
    assert.deepEqual([named.body.id, named.body.title, named.body.assistant], [id, 'About mills', 'brief']);
    const again = await http('POST', '/sessions', user, { id, title: 'Something else' });
    assert.equal(again.status, 200);
    assert.equal(again.body.title, 'About mills');

    const taken = await http('POST', '/sessions', newUser('mallory'), { id });
    assert.equal(taken.status, 409);
    assertWords(JSON.stringify(taken.body));
  });

  test('about a subject is found again, also by those who ask at once', async () => {
    const user = newUser();
    const subject = newSubject();
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => http('POST', '/sessions', user, { subject })));
    assert.deepEqual(all.map(({ status }) => status).sort(), [200, 200, 200, 200, 201]);
    assert.equal(new Set(all.map(({ body }) => body.id)).size, 1);
    assert.equal(all[0]!.body.subject, subject);

    const other = await http('POST', '/sessions', newUser('mallory'), { subject });
    assert.equal(other.status, 201);
    assert.notEqual(other.body.id, all[0]!.body.id);

    const { body: plain } = await http('POST', '/sessions', user, {});
    assert.equal((await http('POST', '/sessions', user, { id: plain.id, subject: newSubject() })).status, 409);
  });

  test('can be talked in, takes its first words for a title, and says what goes on', async () => {
    const user = newUser();
    const { body } = await http('POST', '/sessions', user, { subject: newSubject() });
    const tab = new Tab({ session: body.id, user });
    const answer = tab.ask('count to 40 every 50 ms');
    await tab.counted(3);
    const running = await http('GET', `/sessions/${body.id}`, user);
    assert.equal(running.body.activeTurn.turnId, tab.turnId());
    assert.ok(running.body.activeTurn.lastSequence >= 3);
    await answer;
    const { body: done } = await http('GET', `/sessions/${body.id}`, user);
    assert.equal(done.activeTurn, undefined);
    // The first words, unless the model has written a better one already.
    assert.ok(['count to 40 every 50 ms', 'You said: count to 40 every'].includes(done.title), done.title);
    assert.equal(done.subject, body.subject);
    assert.equal(done.messages.length, 2);
  });

  test('is given another title by its owner alone', async () => {
    const tab = new Tab();
    await tab.ask('hello');
    const path = `/sessions/${tab.session}`;
    const { status, body } = await http('PATCH', path, tab.user, { title: 'Greetings' });
    assert.equal(status, 200);
    assert.equal(body.title, 'Greetings');
    assert.equal((await http('PATCH', path, newUser('mallory'), { title: 'Mine' })).status, 404);
    assert.equal((await http('PATCH', `/sessions/${newSession()}`, tab.user, { title: 'Nobody\'s' })).status, 404);
    await tab.ask('and again');
    assert.equal((await http('GET', path, tab.user)).body.title, 'Greetings');
    for (const refused of [{}, { title: '' }, { title: ' ' }, { title: 7 }, { title: 'x'.repeat(201) }]) {
      assert.equal((await http('PATCH', path, tab.user, refused)).status, 400, JSON.stringify(refused));
    }
  });

  test('is refused in words if nothing can be made of it', async () => {
    const user = newUser();
    for (const refused of [{ id: 'short' }, { id: 7 }, { id: null }, { subject: '' }, { subject: 'no spaces' }, { title: '' }, { assistant: 'nobody' }, []]) {
      const { status, body } = await http('POST', '/sessions', user, refused);
      assert.equal(status, 400, JSON.stringify(refused));
      assertWords(body.detail);
    }
  });
});

describe('the list of sessions', system, () => {
  afterEach(closeAndVerify);

  test('has those of the user alone, the latest first, page by page', async () => {
    const user = newUser();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.unshift((await http('POST', '/sessions', user, { title: `Session ${i}` })).body.id);
    }
    assert.deepEqual((await listed(user, 5)).map(({ id }) => id), ids);
    assert.deepEqual((await list(newUser('mallory'))).items, []);

    const paged: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const { items, nextCursor } = await list(user, query);
      paged.push(...items.map(({ id }) => id));
      if (nextCursor === undefined) {
        break;
      }
      assert.equal(items.length, 2);
      query = `?limit=2&cursor=${nextCursor}`;
    }
    assert.deepEqual(paged, ids);

    const tab = new Tab({ session: ids[4]!, user });
    await tab.ask('hello');
    await until('the one that was talked in', async () => (await list(user)).items[0]!.id === ids[4]);
    for (const wrong of ['?limit=0', '?limit=101', '?limit=x', '?cursor=x', '?cursor=!!']) {
      assert.equal((await http('GET', `/sessions${wrong}`, user)).status, 400, wrong);
    }
  });
});
