// The OpenAPI document itself, and that the check of answers by it would notice.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type Answer, Contract } from './contract.ts';
import { request, system } from './support.ts';

const FILE = new URL('../../functions/src/main/resources/io/holdfast/api/openapi.json', import.meta.url);
const document = JSON.parse(await readFile(FILE, 'utf8')) as Record<string, any>;

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1, and every reference in it leads somewhere', async () => {
    const result = await new Validator().validate(structuredClone(document));
    assert.ok(result.valid, JSON.stringify(result.valid ? '' : result.errors));
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(ref => ref[1]!);
    assert.ok(refs.length > 50, `${refs.length} references`);
    for (const ref of refs) {
      assert.ok(ref.split('/').reduce((inner, name) => inner?.[name], document), `${ref} leads nowhere`);
    }
  });

  test('uses every schema, and names every operation once', () => {
    const text = JSON.stringify(document);
    for (const kind of ['schemas', 'responses', 'parameters', 'headers']) {
      for (const name of Object.keys(document.components[kind])) {
        assert.ok(text.includes(`"#/components/${kind}/${name}"`), `${kind}/${name} is used nowhere`);
      }
    }
    const ids = new Contract(document).routes.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  test('is what the running system serves, to be kept for a while', system, async () => {
    const { status, headers, body } = await request('GET', '/openapi.json');
    assert.equal(status, 200);
    assert.deepEqual(body, document);
    assert.match(headers.get('cache-control')!, /^public, max-age=\d+$/);
  });
});

describe('the check of answers', () => {
  const contract = new Contract(document);
  const path = '/turns/turn_12345678';
  const turn = {
    turnId: 'turn_12345678',
    sessionId: 's-12345678',
    status: 'completed',
    assistant: 'default',
    model: 'script',
    createdAt: '2026-01-02T03:04:05.678Z',
    endedAt: '2026-01-02T03:04:06.678Z',
    streamUrl: '/turns/turn_12345678/stream',
    lastSequence: 7,
    steps: 1,
    usage: { inputTokens: 3, outputTokens: 5 },
    cost: { usd: 0.000084 },
    calls: [{ toolCallId: 'c1', toolName: 'echo', state: 'done' }],
    message: {
      id: 'm1',
      role: 'assistant',
      metadata: { turnId: 'turn_12345678', createdAt: '2026-01-02T03:04:05.678Z', assistant: 'default', model: 'script' },
      parts: [{ type: 'step-start' }, { type: 'tool-echo', toolCallId: 'c1', state: 'output-available', input: 1, output: { any: 'thing' } }, { type: 'text', text: 'Hi' }],
    },
  };
  const problem = { type: '/problems/not-found', title: 'Not Found', status: 404, detail: 'There is no such turn.' };

  const safe = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
  };

  function answer(status: number, body: unknown, over: Record<string, string> = {}): Answer {
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    const headers = new Headers({
      'content-type': type,
      'cache-control': 'no-store',
      ...safe,
      ...over,
    });
    return { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) };
  }

  test('takes what is right', () => {
    contract.check('GET', path, answer(200, turn));
    contract.check('GET', path, answer(404, problem));
    contract.check('GET', `${path}?more=1`, answer(200, { ...turn, message: undefined, status: 'running' }));
    contract.check('DELETE', path, answer(404, { message: 'Not Found' }));
  });

  const wrong: [what: string, place: RegExp, answer: Answer][] = [
    ['a status that is not documented', /status 418/, answer(418, problem)],
    ['another content type', /content type 'text\/html'/, answer(200, turn, { 'content-type': 'text/html' })],
    ['a problem that is none by its content type', /content type/, answer(404, problem, { 'content-type': 'application/json' })],
    ['another header', /header Cache-Control/, answer(200, turn, { 'cache-control': 'public' })],
    ['a page of another site around it', /header content-security-policy/, answer(200, turn, { 'content-security-policy': "default-src 'none'" })],
    ['an answer that may be taken for a script', /header x-content-type-options/, answer(404, problem, { 'x-content-type-options': '' })],
    ['no JSON', /no JSON/, answer(200, '{"turnId":')],
    ['nothing', /no JSON/, answer(200, '')],
    ['a list', /must be object/, answer(200, [turn])],
    ['a field too many', /"secret"/, answer(200, { ...turn, secret: 1 })],
    ['a field too few', /'calls'/, answer(200, { ...turn, calls: undefined })],
    ['a field of another type', /\/turnId must be string/, answer(200, { ...turn, turnId: 7 })],
    ['an id of another form', /\/sessionId must match pattern/, answer(200, { ...turn, sessionId: 'x' })],
    ['a word that is none of them', /\/status must be equal/, answer(200, { ...turn, status: 'done' })],
    ['a fault deep inside', /\/calls\/0\/state/, answer(200, { ...turn, calls: [{ ...turn.calls[0], state: 'gone' }] })],
    ['a part without what its type needs', /\/message\/parts\/0.*'text'/, answer(200, { ...turn, message: { ...turn.message, parts: [{ type: 'text' }] } })],
    ['a time of another form', /\/message\/metadata\/createdAt/, answer(200, { ...turn, message: { ...turn.message, metadata: { ...turn.message.metadata, createdAt: 'today' } } })],
    ['a problem of another type', /\/type/, answer(404, { ...problem, type: '/problems/gone' })],
    ['a problem of another status', /\/status/, answer(404, { ...problem, status: 400 })],
    ['a problem without words', /\/detail/, answer(404, { ...problem, detail: '' })],
    ['a problem that says more', /"stack"/, answer(404, { ...problem, stack: [] })],
    ['a refusal without its header', /WWW-Authenticate is missing/, answer(401, { ...problem, type: '/problems/unauthorized', title: 'Unauthorized', status: 401 })],
  ];
  for (const [what, place, given] of wrong) {
    test(`refuses ${what}, and says of which route, which status and where`, () => {
      assert.throws(
        () => contract.check('GET', path, given),
        (fault: Error) => {
          assert.match(fault.message, new RegExp(`^GET /turns/\\{turnId\\} answered ${given.status} `));
          assert.match(fault.message, place);
          return true;
        },
      );
    });
  }

  test('knows a stream of events, and an answer without a body', () => {
    const stream = `${path}/stream`;
    const events = (text: string, over: Record<string, string> = {}): Answer => ({
      status: 200,
      headers: new Headers({ ...safe, 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no', 'x-vercel-ai-ui-message-stream': 'v1', ...over }),
      text,
    });
    const none = (text: string): Answer => ({ status: 204, headers: new Headers({ ...safe, 'cache-control': 'no-store' }), text });
    contract.check('GET', stream, events('retry: 100\n\ndata: [DONE]\n\n'));
    contract.check('GET', stream, none(''));
    assert.throws(() => contract.check('GET', stream, none('{}')), /there is a body/);
    assert.throws(() => contract.check('GET', stream, events('{}')), /the body must match pattern/);
    assert.throws(() => contract.check('GET', stream, events('retry: 100\n\n', { 'cache-control': 'no-store' })), /header Cache-Control/);
    assert.throws(() => contract.check('GET', stream, events('retry: 100\n\n', { 'content-type': 'application/json' })), /content type/);
  });

  test('takes an answer without a body where it is documented, and no other there', () => {
    const headers = new Headers({ ...safe, 'cache-control': 'no-store' });
    contract.check('DELETE', '/schedules/schedule_1', { status: 204, headers, text: '' });
    assert.throws(() => contract.check('DELETE', '/schedules/schedule_1', { status: 204, headers, text: '{}' }), /there is a body/);
    assert.throws(() => contract.check('DELETE', '/schedules/schedule_1', { status: 204, headers: new Headers(safe), text: '' }), /Cache-Control is missing/);
  });

  test('refuses an answer where there is no route, unless it is the gateway’s', () => {
    assert.throws(() => contract.check('GET', '/nowhere', answer(200, {})), /^Error: GET \/nowhere, which is no route, answered 200/);
  });

  test('knows one turn that has ended from one that goes on', () => {
    const send = '/sessions/s-12345678/messages';
    contract.check('POST', send, answer(200, turn));
    contract.check('POST', send, answer(202, { ...turn, status: 'waiting', message: undefined }));
    assert.throws(() => contract.check('POST', send, answer(200, { ...turn, status: 'running' })), /\/status/);
    assert.throws(() => contract.check('POST', send, answer(202, { ...turn, status: 'running' })), /must NOT be valid/);
  });
});
