// Every route of the OpenAPI document, asked with what is right, nearly right and nonsense: whatever comes, the answer is
// one that the document has, and never a failure of ours.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Contract, type Route } from './contract.ts';
import { HOLDFAST_URL, http, newSession, newUser, request, system, tokenOf, until, userMessage } from './support.ts';
import { mcpIsMissing, TRANSFER, use } from './tools-support.ts';

type Json = Record<string, any>;

const SEED = Number(process.env.RANDOM_SEED ?? randomInt(1_000_000));
const RUNS = Number(process.env.FUZZ_RUNS ?? 25);
/** So long a route is asked: with 25 runs, all of them take half a minute. */
const LIMIT_MS = RUNS * 32;
/** But so often at least, however busy the machine is. */
const LEAST = 5;
/** These want what goes on, and end it: they get a world of their own. */
const alone = ({ method, path }: Route) => method === 'DELETE' || /\/(cancel|complete|progress|approvals)\b/.test(path);

/** A server behind ours is away: other tests stop the MCP server. Only routes that say so may answer it. */
const AWAY = 502;

const document = JSON.parse(
  await readFile(new URL('../../functions/src/main/resources/io/holdfast/api/openapi.json', import.meta.url), 'utf8'),
) as Json;
const routes = new Contract(document).routes;
const withoutMcp = await mcpIsMissing();

/** What JSON.stringify does not write: put in the place of these texts. */
const NUMBERS = { '@huge': '1e999999999', '@tiny': '-1e-999999999', '@long': '9'.repeat(2_000), '@digits': `0.${'123456789'.repeat(50)}` };

const nested = (depth: number) => JSON.parse('{"a":['.repeat(depth) + ']}'.repeat(depth)) as Json;

/** Texts that are seldom meant. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', ' ', '...', '%', '%00', '\u0000', '\uffff', '\u202e', '__proto__', 'null', '{sessionId}', '$default', "' OR 1=1 --", '#', '?', '\u{1f469}‍\u{1f4bb}', 'x'.repeat(3_000)),
);

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, '', [], {}, '\ud800', 'a\udc00b', '\uffff', '\u0000', ...Object.keys(NUMBERS)),
  fc.constantFrom<unknown>('x'.repeat(25_000), nested(100), nested(450), Array.from({ length: 2_000 }, () => ''), { toString: 1, __proto__x: [] }),
  oddText,
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that fit a schema. */
function fitting(schema: Json): fc.Arbitrary<unknown> {
  if (schema.$ref) {
    return fitting(schema.$ref.slice(2).split('/').reduce((inner: Json, name: string) => inner[name], document));
  }
  if ('const' in schema) {
    return fc.constant(schema.const);
  }
  if (schema.enum) {
    return fc.constantFrom(...schema.enum);
  }
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const properties = Object.entries<Json>(schema.properties ?? {}).map(([name, inner]) => [name, fitting(inner)] as const);
      return fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [] });
    }
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: (schema.minItems ?? 0) + 2 });
    case 'string':
      return schema.pattern ? fc.stringMatching(new RegExp(schema.pattern), { size: 'small' }) : fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -100, max: schema.maximum ?? 100 });
    case 'number':
      return fc.double({ min: schema.minimum ?? -100, max: schema.maximum ?? 100, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

/** Every place in a value: the object or list, and the key there. */
function places(value: unknown): [Json, string][] {
  return value !== null && typeof value === 'object'
    ? Object.keys(value).flatMap(key => [[value as Json, key] as [Json, string], ...places((value as Json)[key])])
    : [];
}

/** The value with something else, or nothing, in one place. */
function spoilt(value: unknown, at: number, by: [unknown] | null): unknown {
  const copy = structuredClone(value);
  const all = places(copy);
  if (all.length === 0) {
    return by?.[0];
  }
  const [holder, key] = all[at % all.length]!;
  if (by === null) {
    delete holder[key];
  } else {
    holder[key] = by[0];
  }
  return copy;
}

const textOfJson = (value: unknown) =>
  Object.entries(NUMBERS).reduce((text, [name, number]) => text.replaceAll(`"${name}"`, number), JSON.stringify(value) ?? '');

/** Bodies like an example and for a schema: right ones, some with a fault in them, and what is no JSON of ours at all. */
function bodies({ schema, example }: Json): fc.Arbitrary<string> {
  const right = example ? fc.oneof(fc.constant(example), fitting(schema)) : fitting(schema);
  return fc.oneof(
    { weight: 4, arbitrary: right.map(textOfJson) },
    { weight: 5, arbitrary: fc.tuple(right, fc.nat(1_000), fc.option(fc.tuple(oddValue), { freq: 4 })).map(([value, at, by]) => textOfJson(spoilt(value, at, by as [unknown] | null))) },
    { weight: 1, arbitrary: oddValue.map(textOfJson) },
    { weight: 1, arbitrary: right.map(value => textOfJson(value).slice(0, -1)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', 'null', '[]', '[[]]', '"{}"', '\ufeff{}', '{"a":1,"a":2}', '{}{}', 'a=b', '['.repeat(50_000), '{"a":'.repeat(50_000), `{"message":"${'x'.repeat(190_000)}"}`, `{"x":"${'ü'.repeat(150_000)}"}`),
    },
  );
}

/** What one user has, of every kind that a path names: what belongs together, by its names. */
type World = { user: string; token: string; key: string; things: Record<string, string>[] };

async function world(): Promise<World> {
  const user = newUser('owner');
  const sessions = [newSession(), newSession(), newSession(), newSession()];
  const build = () => use('build_report', { ms: 50_000, progress: 16, label: `fuzz-${randomUUID().slice(0, 8)}` });
  const operation = async (session: string) => (await http('GET', `/sessions/${session}/operations`, user)).body.items[0].operationId as string;
  const say = async (session: string, text: string) => {
    const { status, body } = await http('POST', `/sessions/${session}/messages?wait=25`, user, { message: userMessage(text) });
    assert.ok(status === 200 || status === 202, JSON.stringify(body));
    return body;
  };
  const turns = await Promise.all([
    say(sessions[0]!, use('echo', { value: 1 })),
    say(sessions[1]!, TRANSFER),
    say(sessions[2]!, build()),
    say(sessions[3]!, build()),
  ]);
  const [said, asks, works, last] = turns.map(({ sessionId, turnId, calls }) => ({ sessionId, turnId, toolCallId: calls[0].toolCallId as string }));
  const { approvalId } = turns[1].calls[0];
  const { noteId } = (await http('POST', '/notes', user, { text: 'Grinds rye.' })).body;
  const schedule = await http('POST', '/schedules', user, { name: 'yearly', schedule: 'cron(0 8 1 1 ? *)', input: 'hello' });
  const scopes = ['sessions:read', 'turns:read', 'turns:write'];
  const { keyId, key } = (await http('POST', '/keys', user, { name: 'fuzz', scopes })).body;
  return {
    user,
    token: await tokenOf(user),
    key,
    things: [
      { ...said!, noteId, keyId },
      { ...asks!, approvalId },
      { ...works!, operationId: await operation(sessions[2]!) },
      { ...last!, operationId: await operation(sessions[3]!) },
      { name: 'everything_args-prompt' },
      { scheduleId: schedule.body.scheduleId },
    ],
  };
}

/** The ids of a name. */
const ids = ({ things }: World, name: string) => things.flatMap(thing => thing[name] ?? []);

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

const flip = (text: string) => text.slice(0, -6) + [...text.slice(-6)].reverse().join('');
const base64 = (text: string) => Buffer.from(text).toString('base64url');

/** Who asks: mostly the owner, or somebody else, or nobody, or who cannot be told. */
function callers(own: World, other: World): fc.Arbitrary<string | undefined> {
  const [header, claims, signature] = own.token.split('.') as [string, string, string];
  const nonsense = ['', 'Bearer', 'Bearer  ', 'Bearer x', 'Basic YTpi', 'Bearer a.b.c', 'Bearer ..', `Bearer ${'x'.repeat(4_000)}`]
    .concat([flip(own.token), `${header}.${claims}.`, `${header}.${base64('{"sub":7,"exp":"x","aud":{}}')}.${signature}`].map(token => `Bearer ${token}`))
    .concat(['{"alg":"none"}', '{"alg":"RS256","kid":7}', '{"alg":7}', '[]', '{', '{"alg":"dir","enc":"A128GCM"}'].map(head => `Bearer ${base64(head)}.${claims}.${signature}`))
    .concat([`Bearer ${base64('{"alg":"dir","enc":"A128GCM"}')}.a.b.c.d`])
    .concat(['hf_', 'hf__', `hfg_${own.key.slice(3)}`, `${own.key}0`, flip(own.key), own.key.slice(0, 28), own.key.toUpperCase(), `hf_${'0'.repeat(24)}_${'0'.repeat(64)}`].map(key => `Bearer ${key}`));
  return fc.oneof(
    { weight: 10, arbitrary: fc.constant(`Bearer ${own.token}`) },
    { weight: 2, arbitrary: fc.constant(`Bearer ${other.token}`) },
    { weight: 1, arbitrary: fc.constantFrom(`Bearer ${own.key}`, `Bearer ${other.key}`) },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.constantFrom(...nonsense) },
    { weight: 1, arbitrary: fc.stringMatching(/^Bearer [A-Za-z0-9_.-]{0,200}$/) },
  );
}

/** How a service signs, mostly rightly. The body is not known yet. */
const deliveries = fc.oneof(
  { weight: 6, arbitrary: fc.record({ id: fc.oneof(fc.uuid(), fc.constantFrom('msg_1', 'x', '~ !', '#', 'x'.repeat(256))), secret: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ id: fc.constantFrom('', 'a.b', 'x'.repeat(257), 'é'), secret: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ id: fc.uuid(), secret: fc.constant(false) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      headers: fc.dictionary(
        fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature', 'x-api-key', 'idempotency-key'),
        fc.oneof(fc.constantFrom('', 'v1,', 'v1', 'v1,x v1,y', 'v2,AAAA', '0', '-1', '999999999999', '1e9', 'whsec_'), fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,40}$/)),
      ),
    }),
  },
);

type Delivery = { id?: string; secret?: boolean; headers?: Record<string, string> };

function signed({ id, secret, headers }: Delivery, body: string, key: string): Record<string, string> {
  if (headers) {
    return headers;
  }
  const now = new Date();
  const signature = new Webhook(secret ? key : `whsec_${Buffer.alloc(32, 7).toString('base64')}`).sign(id!, now, body);
  return { 'webhook-id': id!, 'webhook-timestamp': String(Math.floor(now.getTime() / 1000)), 'webhook-signature': signature };
}

/** One segment of a path: an id of one's own, somebody else's, nobody's, or none. */
function segments(name: string, schema: Json, own: World, other: World): fc.Arbitrary<string> {
  return fc
    .oneof(
      { weight: 2, arbitrary: fc.constantFrom(...ids(own, name)) },
      { weight: 1, arbitrary: fc.constantFrom(...ids(other, name)) },
      { weight: 1, arbitrary: fitting(schema) as fc.Arbitrary<string> },
      { weight: 2, arbitrary: oddText },
    )
    // A client walks up the path by dots, and the gateway itself refuses what may mean something in a path.
    .filter(text => !/^\.{0,2}$|[\u0000-\u001f\u007f/\\%;]/.test(text));
}

function queries(parameters: Json[]): fc.Arbitrary<string> {
  const values = (schema: Json) =>
    schema.type === 'integer'
      ? fc.constantFrom('0', '0', '0', '1', '-1', '+1', '26', '1e1', '1.5', '', ' 1', '٣', '0x1', '99999999999999999999', 'NaN')
      : fc.oneof(oddText, fc.base64String({ maxLength: 60 }), fc.constantFrom(base64('999999999999999#op-12345678'), base64('000000000000000#12345678')));
  const each = parameters.map(({ name, schema }) =>
    fc.option(values(schema), { freq: 2 }).map(value => (value === null ? [] : [`${name}=${encodeURIComponent(value)}`])),
  );
  return fc
    .tuple(...each, fc.constantFrom([], [], [], ['a'], ['=&&'], ['cursor=%zz'], ['wait=0', 'wait=0']))
    .map(pairs => pairs.flat().join('&'))
    .map(query => (query === '' ? '' : `?${query}`));
}

/** How far a reader of a stream says that it is, if the route asks for it. */
function cursors(parameters: Json[]): fc.Arbitrary<string | undefined> {
  const schema = parameters.find(({ name }) => name === 'last-event-id')?.schema;
  return schema
    ? fc.option(fc.oneof(fitting(schema).map(String), fc.constantFrom('0', '-1', '', 'null', '0:0', `${'x'.repeat(3_000)}:1`), fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,40}$/)), { nil: undefined })
    : fc.constant(undefined);
}

const contentOf = (route: Route): Json | undefined => route.operation.requestBody?.content['application/json'];

const byService = (route: Route) => ((route.operation.security ?? []) as Json[]).some(way => 'webhookSignature' in way);

const forEverybody = (route: Route) => route.operation.security?.length === 0;

/** The document's own example of a request, about the last that the user has of the kind: first from nobody, then from the owner. */
async function right(route: Route, own: World, key: string): Promise<void> {
  const last = own.things.findLast(thing => [...route.path.matchAll(/\{(\w+)\}/g)].every(([, name]) => name! in thing))!;
  const at = route.path.replaceAll(/\{(\w+)\}/g, (_, name) => last[name]!);
  const body = contentOf(route) && JSON.stringify(contentOf(route)!.example);
  if (!forEverybody(route)) {
    const { status, text } = await request(route.method, at, { body });
    assert.equal(status, 401, `${at} from nobody answered ${status}: ${text}`);
  }
  const { status, text } = await request(route.method, at, {
    body,
    headers: { authorization: `Bearer ${own.token}`, ...(byService(route) && signed({ id: randomUUID(), secret: true }, body!, key)) },
  });
  assert.ok(status < 300 || status === AWAY, `${at} answered ${status}: ${text}`);
}

/** Requests for a route. */
function requests(route: Route, own: World, other: World, key: string) {
  const parameters = route.operation.parameters as Json[];
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const path = fc
    .oneof(
      { weight: 3, arbitrary: fc.constantFrom(...own.things.filter(thing => names.every(name => name in thing)).map(thing => names.map(name => thing[name]!))) },
      { weight: 2, arbitrary: fc.tuple(...names.map(name => segments(name, parameters.find(parameter => parameter.name === name)!.schema, own, other))) },
    )
    .map(values => values.reduce((filled, value, i) => filled.replace(`{${names[i]}}`, () => encodeURIComponent(value)), route.path));
  const content = contentOf(route);
  const body = route.method === 'GET' ? fc.constant(undefined) : content ? bodies(content) : fc.option(bodies({ schema: {} }), { nil: undefined });
  const type = fc.oneof(
    { weight: 8, arbitrary: fc.constant<string | undefined>('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/octet-stream', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'nonsense', '') },
  );
  return fc
    .record({ path, query: queries(parameters.filter(parameter => parameter.in === 'query')), body, type, caller: callers(own, other), delivery: deliveries, cursor: cursors(parameters) })
    .map(({ path, query, body, type, caller, delivery, cursor }) => ({
      path: path + query,
      init: {
        body,
        headers: {
          ...(type !== undefined && { 'content-type': type }),
          ...(caller !== undefined && { authorization: caller }),
          ...(cursor !== undefined && { 'last-event-id': cursor }),
          ...(byService(route) && signed(delivery as Delivery, body ?? '', key)),
        },
      },
    }));
}

describe(`every route, whatever it is asked, seed ${SEED}`, system, () => {
  const shared = once(world);
  const others = once(world);
  for (const route of routes) {
    test(`${route.method} ${route.path} answers as it says`, { skip: route.path === '/prompts/{name}' && withoutMcp }, async () => {
      const [own, other] = await Promise.all([alone(route) ? world() : shared(), others()]);
      const { secret } = (await (await fetch(`${HOLDFAST_URL}/local/service/secret`)).json()) as { secret: string };
      await right(route, own, secret);
      const statuses = new Set<number>();
      const end = performance.now() + LIMIT_MS;
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(requests(route, own, other, secret), async ({ path, init }) => {
          if (asked >= LEAST && performance.now() > end) {
            return;
          }
          asked++;
          const { status, text } = await request(route.method, path, init);
          assert.ok(status < 500 || status === AWAY, `a failure of ours: ${text}`);
          statuses.add(status);
        }),
        { seed: SEED, numRuns: RUNS },
      );
      await readable(own, statuses.has(202) && route.path.endsWith('/complete'), route.operation.operationId === 'deleteSession');
    });
  }

  test('has no other methods', async () => {
    const { token, things } = await shared();
    const all = Object.assign({}, ...things) as Record<string, string>;
    for (const path of Object.keys(document.paths)) {
      const at = path.replaceAll(/\{(\w+)\}/g, (_, name) => all[name]!);
      for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'].filter(name => !document.paths[path][name.toLowerCase()])) {
        const { status } = await request(method, at, { headers: { authorization: `Bearer ${token}` } });
        assert.equal(status, 404, `${method} ${at}`);
      }
    }
  });
});

/** Whatever was sent, all that the user has can be read, or is wholly gone, and what was taken comes to its end. */
async function readable(own: World, completed: boolean, deleted: boolean): Promise<void> {
  for (const { sessionId, turnId, toolCallId } of own.things.filter(thing => 'turnId' in thing)) {
    const paths = [`/sessions/${sessionId}`, `/sessions/${sessionId}/operations`, `/turns/${turnId}`, `/turns/${turnId}/calls/${toolCallId}`];
    const statuses = await Promise.all(paths.map(async path => (await http('GET', path, own.user)).status));
    const gone = deleted && statuses[0] === 404;
    assert.deepEqual(statuses, paths.map(() => (gone ? 404 : 200)), paths.join(' '));
  }
  const operation = async () => (await http('GET', `/operations/${ids(own, 'operationId')[0]}`, own.user)).body;
  await until('the end of the operation', async () => !completed || (await operation()).status !== 'running', operation);
}
