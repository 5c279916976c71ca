// Two users, and everything that either of them has: whoever names what is the other's finds nothing, by every route of
// the OpenAPI document and every frame, and changes nothing. A key finds what its user has, as far as its scopes go.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import { Contract, type Route } from './contract.ts';
import { closeAndVerify, http, newSession, newUser, RawSocket, request, sendFrame, stored, system, tokenOf, until, userMessage } from './support.ts';
import { TRANSFER, use } from './tools-support.ts';

type Ids = Record<string, string>;

const document = JSON.parse(
  await readFile(new URL('../../functions/src/main/resources/io/holdfast/api/openapi.json', import.meta.url), 'utf8'),
) as Record<string, any>;
const routes = new Contract(document).routes;

/** Who may ask a route, as the document says. */
const ways = ({ operation }: Route) => ((operation.security ?? document.security) as object[]).flatMap(way => Object.keys(way));

/** What is everybody's, such as the name of a prompt, is nobody's. */
const OWNED = /Id\}/;

const variables = ({ path }: Route) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

/** The routes that name something of a user's. */
const named = routes.filter(route => ways(route).includes('user') && OWNED.test(route.path));

const SCOPES = document.components.schemas.Scope.enum as string[];

/** What a route wants of a key, by the rule of docs/http.md. */
const scopeOf = ({ method, path }: Route) => `${path.split('/')[1]}:${method === 'GET' ? 'read' : 'write'}`;

/** An operation that runs for nearly as long as its tool lets it (60 s), and says that it lives each 3 of the 20 s that it may be silent. */
const WORK = { ms: 50_000, progress: 16 };
/** So long an owner's belongings are asked for, before their work ends and something changes. */
const FRESH_MS = 25_000;

/** One thing of every kind that a path can name: a turn that asks, an operation that runs, a key, and an answer. */
async function belongings(user: string): Promise<{ ids: Ids; asks: Ids; sessions: string[] }> {
  const say = async (text: string) => {
    const { status, body } = await http('POST', `/sessions/${newSession()}/messages?wait=25`, user, { message: userMessage(text) });
    assert.ok(status < 300, JSON.stringify(body));
    return body;
  };
  const [works, asking] = await Promise.all([say(use('build_report', { ...WORK, label: `foreign-${randomUUID().slice(0, 8)}` })), say(TRANSFER)]);
  const { items } = (await http('GET', `/sessions/${works.sessionId}/operations`, user)).body;
  const { keyId } = (await http('POST', '/keys', user, { name: 'foreign', scopes: SCOPES })).body;
  const { noteId } = (await http('POST', '/notes', user, { text: `of ${user}` })).body;
  const { scheduleId } = (await http('POST', '/schedules', user, { name: 'yearly', schedule: 'cron(0 8 1 1 ? *)', input: 'hello' })).body;
  const call = ({ sessionId, turnId, calls }: any): Ids => ({ sessionId, turnId, toolCallId: calls[0].toolCallId });
  return {
    ids: { ...call(works), operationId: items[0].operationId, keyId, noteId, scheduleId, name: 'everything_args-prompt' },
    asks: { ...call(asking), approvalId: asking.calls[0].approvalId },
    sessions: [works.sessionId, asking.sessionId],
  };
}

/** All that a user can see, but how far the work is, which goes on. */
async function seen(user: string, { ids, asks, sessions }: Awaited<ReturnType<typeof belongings>>): Promise<unknown> {
  const paths = [
    ...sessions.flatMap(id => [`/sessions/${id}`, `/sessions/${id}/operations`]),
    ...[ids, asks].flatMap(({ turnId, toolCallId }) => [`/turns/${turnId}`, `/turns/${turnId}/calls/${toolCallId}`]),
    `/operations/${ids.operationId}`,
    `/schedules/${ids.scheduleId}`,
    '/sessions',
    '/turns',
    '/keys',
    '/notes',
    '/schedules',
  ];
  const all = await Promise.all(paths.map(async path => [path, (await http('GET', path, user)).body]));
  return JSON.parse(JSON.stringify(all, (name, value) => (['progress', 'lastSequence'].includes(name) ? undefined : value)));
}

/** The path with its variables filled; fails if there is nothing to fill one with: then this test needs one. */
function filled(route: Route, ...all: Ids[]): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name) => {
    const id = all.map(ids => ids[name]).find(value => value !== undefined);
    assert.ok(id, `no test of ${route.path}: nobody has a ${name}`);
    return encodeURIComponent(id);
  });
}

function ask(route: Route, path: string, token: string) {
  const content = route.operation.requestBody?.content['application/json'];
  return request(route.method, path, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: content && JSON.stringify(content.example),
  });
}

const stranger = newUser('stranger');

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Of the stranger, whose work may end. */
const others = once(() => belongings(stranger));

/** An owner whose work goes on: the one before, while theirs does. */
const owner = (() => {
  let last: { mine: string; own: Awaited<ReturnType<typeof belongings>>; before: unknown; until: number } | undefined;
  return async () => {
    if (!last || last.until < Date.now()) {
      const until = Date.now() + FRESH_MS;
      const mine = newUser('owner');
      const own = await belongings(mine);
      last = { mine, own, before: await seen(mine, own), until };
    }
    return last;
  };
})();

describe('what is somebody else’s', system, () => {
  afterEach(closeAndVerify);

  test('is named by routes', () => {
    assert.ok(named.length >= 11, `${named.length} routes`);
  });

  for (const route of named) {
    test(`is not there for ${route.method} ${route.path}`, async () => {
      const { mine, own, before } = await owner();
      const other = await others();
      const token = await tokenOf(stranger);
      // Of a path with several ids: the stranger's own where they have one, and where they do not; the last is the owner's.
      const [first, ...more] = variables(route);
      const paths = [
        filled(route, own.asks, own.ids),
        filled(route, own.ids, own.asks),
        ...(more.length > 0 ? [filled(route, { [first!]: other.ids[first!]! }, own.asks, own.ids)] : []),
      ];
      for (const path of paths) {
        const { status, body } = await ask(route, path, token);
        assert.equal(status, 404, `${path}: ${JSON.stringify(body)}`);
        assert.equal(body.type, '/problems/not-found');
      }
      assert.deepEqual(await seen(mine, own), before);
    });
  }

  test('is not in any list', async () => {
    const { own } = await owner();
    const all = JSON.stringify(await Promise.all(['/sessions?limit=100', '/turns?limit=100', '/keys', '/notes', '/schedules'].map(path => http('GET', path, stranger))));
    for (const [name, id] of [...Object.entries(own.ids), ...Object.entries(own.asks)].filter(([name]) => name !== 'name')) {
      assert.ok(!all.includes(id), `${name} ${id}`);
    }
  });

  test('is not begun again under its id', async () => {
    const { own } = await owner();
    const { status, body } = await http('POST', '/sessions', stranger, { id: own.ids.sessionId });
    // The one place where an id shows that it is taken: who chooses ids must learn that this one cannot be had.
    assert.equal(status, 409);
    assert.equal(body.type, '/problems/conflict');
  });

  test('is not reached by any frame', async () => {
    const { mine, own, before } = await owner();
    const socket = await RawSocket.open(stranger);
    for (const { sessionId, turnId, approvalId, toolCallId } of [own.ids, own.asks]) {
      const head = () => ({ requestId: randomUUID() as string, id: sessionId, headers: {}, body: {} });
      const answer = {
        id: 'm1',
        role: 'assistant',
        parts: [{ type: 'tool-transfer', toolCallId, state: 'approval-responded', input: {}, approval: { id: approvalId ?? 'a', approved: true } }],
      };
      const frames = [
        sendFrame(sessionId!, 'hello'),
        sendFrame(sessionId!, 'hello', { trigger: 'regenerate-message' }),
        sendFrame(sessionId!, '', { messages: [answer] }),
        { type: 'resume', ...head() },
        { type: 'resume', ...head(), lastSequence: 0, turnId },
        { type: 'watch', ...head() },
      ];
      for (const frame of frames) {
        const { type, errorText } = await socket.ask(frame);
        assert.equal(type, 'error', `${JSON.stringify(frame)}: ${type}`);
        assert.doesNotMatch(errorText!, new RegExp(turnId!));
      }
    }
    // An abort names a request of its own connection, never somebody else's: there is nothing to abort.
    socket.send({ type: 'abort', requestId: own.ids.turnId });
    // A resume of one's own session does not lead into another's turn.
    const { id: sessionId } = (await http('POST', '/sessions', stranger, {})).body;
    const end = await socket.ask({ type: 'resume', requestId: randomUUID(), id: sessionId, turnId: own.ids.turnId, headers: {}, body: {} } as { requestId: string });
    assert.equal(end.type, 'no-active', end.errorText);
    await socket.ping();
    assert.deepEqual(await seen(mine, own), before);
    assert.deepEqual(socket.wire.frames.filter(({ type }) => type === 'chunk' || type === 'event'), []);
  });

  test('is not told of to whoever watched before it began', async () => {
    const [mine, session] = [newUser('owner'), newSession()];
    const socket = await RawSocket.open(stranger);
    socket.send({ type: 'watch', requestId: 'w', id: session });
    await until('the stranger to watch', () => socket.wire.of('w').length === 1, () => socket.wire.frames);
    const { status } = await http('POST', `/sessions/${session}/messages?wait=25`, mine, { message: userMessage('count to 3') });
    assert.equal(status, 200);
    await socket.ping();
    assert.equal(socket.wire.of('w').length, 1, JSON.stringify(socket.wire.of('w')));
    assert.equal((await stored(session, stranger)).status, 404);
  });
});

describe('a key', system, () => {
  const keyWith = async (scopes: string[]) => (await http('POST', '/keys', newUser('keyed'), { name: 'scoped', scopes })).body as { key: string; keyId: string };

  for (const route of routes.filter(each => ways(each).includes('user'))) {
    test(`is let into ${route.method} ${route.path} by its scope alone`, async () => {
      const { ids, asks } = await others();
      const path = filled(route, asks, ids);
      const scope = scopeOf(route);
      const forKeys = ways(route).includes('key');
      assert.ok(!forKeys || SCOPES.includes(scope), `there is no scope ${scope}`);

      const allBut = SCOPES.filter(each => each !== scope);
      const without = await ask(route, path, (await keyWith(allBut)).key);
      assert.equal(without.status, 403, without.text);
      assert.equal(without.body.type, '/problems/forbidden');
      if (forKeys) {
        const inside = await ask(route, path, (await keyWith([scope])).key);
        // 502: other tests stop the MCP server, whose prompts these are.
        const isIn = OWNED.test(route.path) ? inside.status === 404 : inside.status < 300 || inside.status === 502;
        assert.ok(isIn, `${inside.status}: ${inside.text}`);
      }
    });

    test(`that is revoked is nobody to ${route.method} ${route.path}`, async () => {
      const { ids, asks } = await others();
      const user = newUser('revoking');
      const { key, keyId } = (await http('POST', '/keys', user, { name: 'revoked', scopes: SCOPES })).body;
      assert.equal((await http('DELETE', `/keys/${keyId}`, user)).status, 200);
      assert.equal((await ask(route, filled(route, asks, ids), key)).status, 401);
    });
  }
});
