// Operations, through the AI SDK's client: work that an outside service does, and what may go wrong with it. The
// service is the local system's own; where a test needs another word from it, it speaks in its name.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { afterEach, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Dice } from './dice.ts';
import { tabOn } from './resuming-support.ts';
import {
  type Call,
  callsOf,
  closeAndVerify,
  HOLDFAST_URL,
  Line,
  newUser,
  numbers,
  stored,
  system,
  Tab,
  textOf,
  until,
  upTo,
} from './support.ts';
import { assertWords, http, lines, plain, preliminary, resumed, states, storedAnswer, types, use } from './tools-support.ts';

type Input = { ms?: number; outcome?: 'complete' | 'fail' | 'silent' | 'twice' | 'early' | 'reject'; progress?: number };

/** What the service knows of a piece of work. */
type Work = { operationId: string; tool: string; label: string; working: boolean; cancelled?: string; posts: { kind: 'progress' | 'complete'; status: number }[] };

/** A service's word that comes too late is answered so. */
const LATE = [409, 410];

/** Long enough for whatever a test does meanwhile, and never silent for as long as a heartbeat. */
const LONG: Input = { ms: 40_000, progress: 39 };

const newLabel = () => `work-${randomUUID().slice(0, 8)}`;

const research = (input: Input, label = newLabel()) => use('research', { ...input, label });

async function local(path: string): Promise<any> {
  const response = await fetch(`${HOLDFAST_URL}/local/service/${path}`);
  assert.equal(response.status, 200, `${path} answered ${response.status}`);
  return response.json();
}

/** The work of a label, once the service has it. */
async function workOf(label: string): Promise<Work> {
  let work: Work | undefined;
  await until(`the work ${label}`, async () => {
    work = ((await local('operations')) as Work[]).find(candidate => candidate.label === label);
    return work !== undefined;
  });
  return work!;
}

/** The work of a label, when the service has said all that it had to say. */
async function doneWork(label: string): Promise<Work> {
  await until(`the end of the work ${label}`, async () => !(await workOf(label)).working, () => label);
  return workOf(label);
}

const completions = (work: Work) => work.posts.filter(({ kind }) => kind === 'complete').map(({ status }) => status);

/** The results of calls that came over a tab's socket, preliminary ones left out. */
const results = (tab: Tab) =>
  tab.wire.frames.filter(
    ({ chunk }) => chunk?.type === 'tool-output-error' || (chunk?.type === 'tool-output-available' && chunk.preliminary !== true),
  );

const isFinal = (call: Call | undefined) =>
  call?.state === 'output-error' || (call?.state === 'output-available' && (call as { preliminary?: boolean }).preliminary !== true);

/** The `webhook-signature` of a call, as the public library of Standard Webhooks makes it. */
function signature(secret: string, id: string, timestamp: number, body: string): string {
  return new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
}

type Delivery = { id?: string; timestamp?: number; secret?: string; headers?: Record<string, string> };

/** Posts to an operation as its service would; an undefined body is signed as it is. */
async function post(operation: string, kind: 'complete' | 'progress', body: object | string, delivery: Delivery = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { id = `msg_${randomUUID()}`, timestamp = Math.floor(Date.now() / 1000) } = delivery;
  const secret = delivery.secret ?? ((await local('secret')) as { secret: string }).secret;
  const response = await fetch(`${HOLDFAST_URL}/operations/${operation}/${kind}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature(secret, id, timestamp, text),
      ...delivery.headers,
    },
    body: text,
  });
  return { status: response.status, text: await response.text() };
}

const build = (input: Input, label = newLabel()) => use('build_report', { ...input, label });

const done = (report: string) => ({ success: true, result: { report } });

describe('an operation that is waited for', system, () => {
  afterEach(closeAndVerify);

  test('tells how far it is, then its result is there, and the model goes on in the same message', async () => {
    const tab = new Tab();
    const text = await tab.ask(research({ ms: 2000, progress: 3 }));
    const [call, ...others] = tab.calls();
    assert.deepEqual(others, []);
    assert.equal(call!.type, 'tool-research');
    assert.equal(call!.state, 'output-available');
    const output = call!.output as { report: string; ms: number };
    assert.equal(output.ms, 2000);
    assertWords(output.report);
    assert.match(text, /^research said: .*The work of research is done/);
    assert.equal(tab.chat.messages.length, 2, 'one message holds all of it');
    assert.deepEqual(
      tab.message()!.parts.map(part => part.type),
      ['step-start', 'tool-research', 'step-start', 'text'],
    );

    const told = preliminary(tab).map(({ chunk }) => (chunk as { output: { percent: number; message: string } }).output);
    assert.ok(told.length > 0, 'nothing was told meanwhile');
    told.forEach(({ percent, message }) => assert.equal(message, `Part ${Math.round(percent / 25)} of 4 is done`));
    const percents = told.map(({ percent }) => percent);
    assert.deepEqual(percents, [...new Set(percents)].sort((a, b) => a - b), 'it never goes back');
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
    assert.deepEqual(plain((await resumed(tab)).message()), plain(tab.message()));
  });

  test('shows in the message how far it is while it goes on', async () => {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(research(LONG, label));
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-available');
    assert.ok(!isFinal(call));
    const { operationId } = await workOf(label);
    assert.equal((await post(operationId, 'complete', done('another'))).status, 202);
    assert.match(await answer, /^research said: .*another/);
    assert.deepEqual(tab.calls()[0]!.output, { report: 'another' });
  });

  test('lives as long as it tells of progress, beyond its heartbeat', async () => {
    const tab = new Tab();
    // A heartbeat is 5 s.
    assert.match(await tab.ask(research({ ms: 8000, progress: 7 })), /^research said: /);
  });

  test('holds up no other tool of its step', async () => {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(lines(research(LONG, label), use('echo', { value: 'quick' }), use('wait', { ms: 300 })));
    await until('the other tools', () => isFinal(tab.calls()[1]) && isFinal(tab.calls()[2]), () => tab.calls());
    assert.ok(!isFinal(tab.calls()[0]), 'the operation goes on');
    await post((await workOf(label)).operationId, 'complete', done('after all'));
    assert.match(await answer, /^research said: .*after all.*\necho said: .*quick.*\nwait said: /);
    assert.deepEqual(states(tab.calls()), ['research output-available', 'echo output-available', 'wait output-available']);
  });

  test('goes on beside another in the same step', async () => {
    const tab = new Tab();
    const labels = [newLabel(), newLabel()];
    const answer = tab.ask(lines(...labels.map(label => research(LONG, label))));
    const [one, two] = await Promise.all(labels.map(workOf));
    assert.notEqual(one!.operationId, two!.operationId);
    await post(two!.operationId, 'complete', done('the second'));
    await until('the second', () => isFinal(tab.calls()[1]), () => tab.calls());
    assert.ok(!isFinal(tab.calls()[0]), 'the first goes on');
    await post(one!.operationId, 'complete', done('the first'));
    assert.match(await answer, /^research said: .*the first.*\nresearch said: .*the second/);
  });

  test('is followed by another in the next step', async () => {
    const tab = new Tab();
    const text = await tab.ask(lines(research({ ms: 200 }), 'then', research({ ms: 300 })));
    assert.deepEqual(tab.calls().map(call => (call.output as { ms: number }).ms), [200, 300]);
    assert.match(text, /research said: .*research said: /s);
  });

  test('fails in the words of its service, and the model hears of it', async () => {
    const tab = new Tab();
    const text = await tab.ask(research({ ms: 300, outcome: 'fail' }));
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-error');
    assert.equal(call!.errorText, 'The service could not finish the work.');
    assert.match(text, /^research failed: .*could not finish the work/);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
    assert.equal(await tab.ask('hello'), 'You said: hello');
  });

  test('shows no secret when it fails', async () => {
    const secret = 's3cret-value';
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(research(LONG, label));
    const { operationId } = await workOf(label);
    await post(operationId, 'complete', { success: false, error: { kind: 'rate_limited', message: `Too much; password=${secret}` } });
    await answer;
    assert.match(tab.calls()[0]!.errorText ?? '', /Too much/);
    assert.doesNotMatch(JSON.stringify(results(tab)), new RegExp(secret));
    assert.doesNotMatch(JSON.stringify(await storedAnswer(tab)), new RegExp(secret));
    assert.doesNotMatch(JSON.stringify((await http('GET', `/operations/${operationId}`, tab.user)).body), new RegExp(secret));
  });

  test('fails in words when its service does not take the work', async () => {
    const tab = new Tab();
    const text = await tab.ask(lines(research({ outcome: 'reject' }), use('echo', { value: 'good' })));
    assert.deepEqual(states(tab.calls()), ['research output-error', 'echo output-available']);
    assertWords(tab.calls()[0]!.errorText);
    assert.match(text, /^research failed: .*\necho said: .*good/);
  });

  test('times out when its service falls silent, and the model hears so in words', async () => {
    const tab = new Tab();
    const label = newLabel();
    const text = await tab.ask(research({ ms: 500, outcome: 'silent', progress: 1 }, label));
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-error');
    assertWords(call!.errorText);
    assert.match(call!.errorText ?? '', /time/i);
    assert.match(text, /^research failed: .*time/i);

    const { operationId } = await workOf(label);
    const late = await post(operationId, 'complete', done('too late'));
    assert.ok(LATE.includes(late.status), `answered ${late.status}`);
    assertWords(late.text);
    assert.deepEqual((await http('GET', `/operations/${operationId}`, tab.user)).body.late.map(({ what }: { what: string }) => what), ['completed']);
    await until('the service to be told', async () => (await workOf(label)).cancelled === 'timeout');
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });

  test('has one result, though its service says twice that it is done', async () => {
    const tab = new Tab();
    const label = newLabel();
    const text = await tab.ask(research({ ms: 300, outcome: 'twice' }, label));
    assert.equal(text.match(/research said/g)?.length, 1);
    assert.equal(results(tab).length, 1);
    const [first, second, ...others] = completions(await doneWork(label));
    assert.deepEqual(others, []);
    assert.equal(first, 202);
    assert.ok(second === 202 || LATE.includes(second!), `the second was answered ${second}`);
    assert.equal(await tab.ask('hello'), 'You said: hello');
    assert.equal((await stored(tab.session, tab.user)).messages.length, 4);
  });

  test('has its result, though that comes before its service has said that it takes the work', async () => {
    const tab = new Tab();
    const label = newLabel();
    assert.match(await tab.ask(research({ ms: 1000, outcome: 'early' }, label)), /^research said: .*is done/);
    assert.deepEqual(completions(await doneWork(label)), [202]);
    assert.equal(results(tab).length, 1);
  });

  test('hears nothing of progress that comes after its end', async () => {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(research(LONG, label));
    const { operationId } = await workOf(label);
    assert.equal((await post(operationId, 'complete', done('over'))).status, 202);
    await answer;
    const { status } = await post(operationId, 'progress', { percent: 10, message: 'Still at it' });
    assert.ok(LATE.includes(status), `answered ${status}`);
    // The service itself learns of it with its next report.
    assert.ok((await doneWork(label)).posts.length < LONG.progress!, 'it works on for nobody');
    assert.deepEqual(tab.calls()[0]!.output, { report: 'over' });
    assert.deepEqual(plain((await resumed(tab)).message()), plain(tab.message()));
  });

  test('is not hurt when the reader loses the connection, again and again', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { longestRetryMs: 300 });
    const answer = tab.ask(lines(research({ ms: 4000, progress: 7 }), 'then', 'count to 20'));
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    for (let i = 0; i < 3; i++) {
      const told = preliminary(tab).length;
      line.cut();
      await until('more of it', () => preliminary(tab).length > told || isFinal(tab.calls()[0]), () => tab.calls());
    }
    await answer;
    assert.equal(results(tab).length, 1);
    assert.match(tab.text(), /is done[^]*1 2 3/);
    assert.deepEqual(new Set(statuses), new Set(['ready', 'submitted', 'streaming']));
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });

  test('is not noticed by a reader whose connection is lost while nothing is told', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { longestRetryMs: 300 });
    const label = newLabel();
    const answer = tab.ask(lines(use('echo', { value: 'x' }), research({ ms: 1500 }, label), 'then', 'count to 5'));
    await workOf(label);
    line.cut();
    await answer;
    assert.deepEqual(states(tab.calls()), ['echo output-available', 'research output-available']);
    assert.deepEqual(new Set(statuses), new Set(['ready', 'submitted', 'streaming']));
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
    assert.equal(await tab.ask('count to 3'), '1 2 3');
  });

  test('ends in the record though the tab was closed, and whoever comes back sees all of it', async () => {
    const before = new Tab();
    const label = newLabel();
    void before.chat.sendMessage({ text: research(LONG, label) });
    await until('a preliminary output', () => preliminary(before).length > 0, () => before.wire.frames.slice(-3));
    before.close();

    const { messages } = await stored(before.session, before.user);
    const tab = new Tab({ session: before.session, user: before.user, messages });
    const resuming = tab.chat.resumeStream();
    await until('the call', () => tab.calls().length === 1, () => tab.wire.frames.slice(-3));
    assert.ok(!isFinal(tab.calls()[0]));
    await post((await workOf(label)).operationId, 'complete', done('for whoever is there'));
    await resuming;
    assert.match(tab.answer(), /^research said: .*for whoever is there/);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });
});

describe('the result of an operation', system, () => {
  afterEach(closeAndVerify);

  test('is what the step of its tool makes of it, or a failure that says why', async () => {
    const tab = new Tab();
    await tab.ask(use('keep_report', { ms: 10 }));
    const { kept, key } = tab.calls()[0]!.output as { kept: { ms: number }; key: string };
    assert.equal(kept.ms, 10);
    assert.match(key, /-1-0$/);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));

    const other = new Tab();
    const label = newLabel();
    const answer = other.ask(use('keep_report', { ...LONG, label }));
    const { operationId } = await workOf(label);
    assert.equal((await post(operationId, 'complete', { success: true, result: { unkeepable: 'no room' } })).status, 202);
    assert.match(await answer, /^keep_report failed: .*It could not be kept: no room/);
    const { body } = await http('GET', `/operations/${operationId}`, other.user);
    assert.equal(body.status, 'failed');
    assert.match(body.error.message, /no room/);
  });
});

describe('an operation that a model asks about', system, () => {
  afterEach(closeAndVerify);

  test('is described by a tool, and nobody else\'s is', async () => {
    const tab = new Tab();
    const label = newLabel();
    await tab.ask(build(LONG, label));
    const { operationId } = await workOf(label);
    await tab.ask(use('check_operation_status', {}));
    const [{ operations }] = [tab.calls()[0]!.output as { operations: { operationId: string; status: string }[] }];
    assert.deepEqual(operations.map(({ operationId: id, status }) => [id, status]), [[operationId, 'running']]);
    await post(operationId, 'complete', done('the thick one'));
    await until('the end', async () => (await http('GET', `/operations/${operationId}`, tab.user)).body.status === 'completed');

    const other = new Tab({ user: tab.user });
    await other.ask(use('check_operation_status', { operation_id: operationId }));
    const ended = other.calls()[0]!.output as { status: string; result: unknown };
    assert.equal(ended.status, 'completed');
    assert.deepEqual(ended.result, { report: 'the thick one' });

    const stranger = new Tab();
    await stranger.ask(use('check_operation_status', { operation_id: operationId }));
    assert.equal(stranger.calls()[0]!.state, 'output-error');
  });

  test('is not begun twice at a time', async () => {
    const tab = new Tab();
    const label = newLabel();
    await tab.ask(build(LONG, label));
    const { operationId } = await workOf(label);
    await tab.ask(build(LONG, label));
    const again = tab.calls()[0]!.output as { type: string; operation_id: string; message: string };
    assert.equal(again.type, 'operation_in_progress');
    assert.equal(again.operation_id, operationId);
    assertWords(again.message);
    const works = ((await local('operations')) as Work[]).filter(work => work.label === label);
    assert.equal(works.length, 1);
  });
});

describe('an operation of a cancelled turn', system, () => {
  afterEach(closeAndVerify);

  async function cancel(tab: Tab) {
    const { status, body } = await http('POST', `/turns/${tab.turnId()}/cancel`, tab.user);
    assert.equal(status, 200, JSON.stringify(body));
    return body as { cancelled: boolean; status: string; calls: { toolCallId: string; toolName: string; state: string }[] };
  }

  test('was running, says the receipt, and what its service says then changes nothing', async () => {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.chat.sendMessage({ text: lines('count to 3', research({ ms: 2500 }, label), use('echo', { value: 1 })) });
    await workOf(label);
    await until('the other call', () => isFinal(tab.calls()[1]), () => tab.calls());
    const [call, echo] = tab.calls();
    const receipt = await cancel(tab);
    assert.equal(receipt.status, 'cancelled');
    assert.deepEqual(receipt.calls, [
      { toolCallId: call!.toolCallId, toolName: 'research', state: 'running' },
      { toolCallId: echo!.toolCallId, toolName: 'echo', state: 'done' },
    ]);
    await answer;
    const { requestId } = tab.wire.frames.find(frame => frame.chunk?.type === 'start')!;
    assert.equal(types(tab.wire.chunks(requestId)).at(-1), 'abort');
    const kept = await storedAnswer(tab);
    assert.match(textOf(kept), /1 2 3/);

    // The service is told, and leaves off, or it has just said so.
    const work = await doneWork(label);
    await until('the service to be told', async () => (await workOf(label)).cancelled === 'cancelled');
    completions(work).forEach(status => assert.ok(LATE.includes(status), `the late completion was answered ${status}`));
    const again = await post(work.operationId, 'complete', done('too late'));
    assert.ok(LATE.includes(again.status), `answered ${again.status}`);
    assertWords(again.text);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(kept));
    assert.equal(types(tab.wire.chunks(requestId)).at(-1), 'abort', 'nothing is said after it');

    const next = new Tab({ session: tab.session, user: tab.user });
    assert.equal(await next.ask('hello'), 'You said: hello');
  });

  test('is given up by its service, which is told of it, or learns of it from its next report', async () => {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.chat.sendMessage({ text: research(LONG, label) });
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    assert.deepEqual((await cancel(tab)).calls.map(({ state }) => state), ['running']);
    await answer;
    const { posts } = await doneWork(label);
    assert.ok(posts.length < LONG.progress!, 'it works on for nobody');
    assert.ok(posts.every(({ kind }) => kind === 'progress'), JSON.stringify(posts));
  });
});

describe('what a service posts', system, () => {
  afterEach(closeAndVerify);

  /** A tab whose answer waits for an operation. */
  async function waiting() {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(research(LONG, label));
    const { operationId } = await workOf(label);
    return { tab, answer, operationId };
  }

  test('is taken if it is signed, by one of several signatures', async () => {
    const { answer, operationId } = await waiting();
    assert.equal((await post(operationId, 'progress', { percent: 1, message: 'Begun' })).status, 202);
    assert.equal((await post(operationId, 'progress', { message: 'Only words' })).status, 202);
    assert.equal((await post(operationId, 'progress', { percent: 2 })).status, 202);

    // While a service's key is changed, it signs with both.
    const body = JSON.stringify(done('signed twice'));
    const id = `msg_${randomUUID()}`;
    const timestamp = Math.floor(Date.now() / 1000);
    const { secret } = (await local('secret')) as { secret: string };
    const both = `${signature(secret.slice(0, -8) + 'AAAAAAA=', id, timestamp, body)} ${signature(secret, id, timestamp, body)}`;
    const taken = await post(operationId, 'complete', body, { id, timestamp, headers: { 'webhook-signature': both } });
    assert.equal(taken.status, 202, taken.text);
    assert.match(await answer, /signed twice/);
  });

  test('is refused if it is not signed, or wrongly, or was signed at another time', async () => {
    const { answer, operationId } = await waiting();
    const url = `${HOLDFAST_URL}/operations/${operationId}/complete`;
    const body = JSON.stringify(done('forged'));
    const now = Math.floor(Date.now() / 1000);
    const unsigned = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    assert.equal(unsigned.status, 401);
    assertWords(await unsigned.text());
    const { secret } = (await local('secret')) as { secret: string };
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const refusals: [string, Delivery][] = [
      ['another key', { secret: other }],
      ['an old time', { timestamp: now - 600 }],
      ['a time to come', { timestamp: now + 600 }],
      ['no time', { headers: { 'webhook-timestamp': 'now' } }],
      ['another id', { headers: { 'webhook-id': 'msg_another' } }],
      ['another body', { headers: { 'webhook-signature': signature(secret, 'msg_1', now, '{}') }, id: 'msg_1', timestamp: now }],
      ['another version', { headers: { 'webhook-signature': signature(secret, 'msg_2', now, body).replace('v1', 'v2') }, id: 'msg_2', timestamp: now }],
      ['no signature in the header', { headers: { 'webhook-signature': 'v1,' } }],
    ];
    for (const [what, delivery] of refusals) {
      const { status, text } = await post(operationId, 'complete', body, delivery);
      assert.equal(status, 401, what);
      assert.doesNotMatch(text, /whsec_/);
    }
    // The token of a user is no key of a service.
    assert.equal((await http('POST', `/operations/${operationId}/complete`, newUser(), done('forged'))).status, 401);

    assert.equal((await post(operationId, 'complete', done('true'))).status, 202);
    assert.match(await answer, /^research said: .*true/);
  });

  test('is refused in words if nothing can be done with it', async () => {
    const { answer, operationId } = await waiting();
    for (const [what, expected, refused] of [
      ['an unknown operation', 404, await post('op-that-there-is-not', 'complete', done('lost'))],
      ['an id that is none', 404, await post('!', 'complete', done('lost'))],
      ['too much', 413, await post(operationId, 'complete', done('x'.repeat(1_200_000)))],
      ['no JSON', 400, await post(operationId, 'complete', '{"success": tru')],
      ['no object', 400, await post(operationId, 'complete', '[]')],
      ['no word of success', 400, await post(operationId, 'complete', { result: 1 })],
      ['another kind of success', 400, await post(operationId, 'complete', { success: 'yes' })],
    ] as const) {
      assert.equal(refused.status, expected, `${what}: ${refused.text.slice(0, 200)}`);
      assertWords(refused.text);
    }
    assert.equal((await post(operationId, 'complete', done('well'))).status, 202);
    assert.match(await answer, /^research said: .*well/);
  });

  test('counts once: the same again is taken, another under its id is not', async () => {
    const { tab, answer, operationId } = await waiting();
    const id = `msg_${randomUUID()}`;
    assert.equal((await post(operationId, 'progress', { percent: 5 }, { id })).status, 202);
    assert.equal((await post(operationId, 'progress', { percent: 5 }, { id })).status, 202);
    const other = await post(operationId, 'progress', { percent: 6 }, { id });
    assert.equal(other.status, 409);
    assertWords(other.text);

    const completion = `msg_${randomUUID()}`;
    const posts = await Promise.all([1, 2, 3, 4, 5].map(() => post(operationId, 'complete', done('once'), { id: completion })));
    assert.ok(posts.some(({ status }) => status === 202), JSON.stringify(posts));
    assert.ok(posts.every(({ status }) => status === 202 || LATE.includes(status)), JSON.stringify(posts));
    assert.match(await answer, /^research said: .*once/);
    assert.equal(results(tab).length, 1);
  });

  test('may race: one outcome holds, whichever it is', async () => {
    const { tab, answer, operationId } = await waiting();
    const posts = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        post(operationId, 'complete', i % 2 === 0 ? done(`report ${i}`) : { success: false, error: { message: `It broke ${i} times` } }),
      ),
    );
    assert.ok(posts.every(({ status }) => status === 202 || LATE.includes(status)), JSON.stringify(posts));
    assert.match(await answer, /^research (said: .*report \d|failed: .*It broke \d times)/);
    assert.equal(results(tab).length, 1);
    assert.deepEqual(plain((await resumed(tab)).message()), plain(tab.message()));
  });

  test('is there for the owner to see, and for nobody else', async () => {
    const { tab, answer, operationId } = await waiting();
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    const path = `/operations/${operationId}`;
    const running = await http('GET', path, tab.user);
    assert.equal(running.status, 200);
    assert.equal(running.body.operationId, operationId);
    assert.equal(running.body.status, 'running');
    assert.equal((await http('GET', path, newUser('mallory'))).status, 404);
    assert.equal((await http('GET', '/operations/op-that-there-is-not', tab.user)).status, 404);
    assert.equal((await fetch(HOLDFAST_URL + path)).status, 401);

    await post(operationId, 'complete', done('to be seen'));
    await answer;
    const ended = await http('GET', path, tab.user);
    assert.equal(ended.body.status, 'completed');
    assert.equal((await http('GET', path, newUser('mallory'))).status, 404);
  });
});

describe('an operation that is not waited for', system, () => {
  afterEach(closeAndVerify);

  test('has begun, says the model, and the user may go on talking', async () => {
    const tab = new Tab();
    const label = newLabel();
    assert.match(await tab.ask(build(LONG, label)), /operation_started/);
    const { operationId } = await workOf(label);
    const pending = tab.calls()[0]!.output as { type: string; operation_id: string; message: string };
    assert.equal(pending.operation_id, operationId);
    assertWords(pending.message);
    assert.equal(await tab.ask('count to 3'), '1 2 3');
    assert.equal((await post(operationId, 'complete', done('at last'))).status, 202);
    await until(
      'the answer that follows',
      async () => (await stored(tab.session, tab.user)).messages.some(message => textOf(message).includes('at last')),
    );
    const { messages } = await stored(tab.session, tab.user);
    assert.equal(messages.filter(message => textOf(message).includes('at last')).length, 1, 'one continuation');
    const part = callsOf(messages[1]!)[0]!;
    assert.equal(part.state, 'output-available');
    assert.match(JSON.stringify(part.output), /at last/, 'the result has taken the place of operation_pending');
  });

  /** The conversation once it holds an answer with these words. */
  async function toldOf(tab: Tab, words: RegExp) {
    let messages: Awaited<ReturnType<typeof stored>>['messages'] = [];
    await until(
      `an answer with ${words}`,
      async () => {
        messages = (await stored(tab.session, tab.user)).messages;
        return messages.some(message => message.role === 'assistant' && words.test(textOf(message)));
      },
      () => messages.map(textOf),
    );
    return messages;
  }

  test('waits for its turn when it is done while another answer is on its way', async () => {
    const tab = new Tab();
    const label = newLabel();
    await tab.ask(build(LONG, label));
    const { operationId } = await workOf(label);
    const answer = tab.ask('count to 60 every 30 ms');
    await tab.counted(5);
    assert.equal((await post(operationId, 'complete', done('at last'))).status, 202);
    assert.deepEqual(numbers(await answer), upTo(60));
    const messages = await toldOf(tab, /at last/);
    assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'user', 'assistant', 'assistant']);
    assert.match(textOf(messages.at(-1)), /at last/, 'after the answer that was on its way');
  });

  test('that fails is told of in words, where it was begun and in what follows', async () => {
    const tab = new Tab();
    const label = newLabel();
    await tab.ask(build(LONG, label));
    const { operationId } = await workOf(label);
    assert.equal((await post(operationId, 'complete', { success: false, error: { message: 'no paper' } })).status, 202);
    const messages = await toldOf(tab, /has failed.*no paper/s);
    const part = callsOf(messages[1]!)[0]!;
    assert.equal(part.state, 'output-error');
    assert.match(part.errorText!, /no paper/);
    const other = await resumed(tab);
    assert.match(other.answer(), /no paper/, 'whoever comes back sees what followed');
  });

  test('is over when its turn was cancelled before it was done', async () => {
    const tab = new Tab();
    const label = newLabel();
    const answer = tab.ask(lines(build(LONG, label), 'then', 'count to 1000 every 20 ms'));
    await tab.counted(3);
    const { operationId } = await workOf(label);
    assert.equal((await http('POST', `/turns/${tab.turnId()}/cancel`, tab.user)).status, 200);
    await answer;
    for (const id of ['once', 'once', 'another'].map(id => `${label}-${id}`)) {
      assert.equal((await post(operationId, 'complete', done('too late'), { id })).status, 410);
    }
    assert.equal((await http('GET', `/operations/${operationId}`, tab.user)).body.status, 'cancelled');
    assert.equal(await tab.ask('count to 2'), '1 2');
  });
});

const SEED = Number(process.env.RANDOM_SEED ?? randomInt(1_000_000));

describe(`what a service posts at random, seed ${SEED}`, system, () => {
  afterEach(closeAndVerify);

  /** What is posted of an operation: 500 posts, of which the first that is no progress is its outcome. */
  function posts(operationId: string): [operation: string, kind: 'complete' | 'progress', body: object, id: string][] {
    const delivery = `msg_${randomUUID()}`;
    const many = (n: number, kind: 'complete' | 'progress', body: (i: number) => object, id = (_: number) => `msg_${randomUUID()}`) =>
      Array.from({ length: n }, (_, i) => [operationId, kind, body(i), id(i)] as ReturnType<typeof posts>[number]);
    return [
      ...many(200, 'complete', () => done('the report'), () => delivery),
      ...many(50, 'complete', i => done(`another body ${i}`), () => delivery),
      ...many(100, 'complete', () => done('the report')),
      ...many(75, 'complete', i => ({ success: false, error: { message: `It broke ${i} times` } })),
      ...many(75, 'progress', i => ({ percent: i, message: `Part ${i}` })),
    ];
  }

  test('1,000 completions in duplicate and out of order come to one result and one continuation', { timeout: 30_000 }, async () => {
    const dice = new Dice(SEED);
    const tab = new Tab();
    const labels = [newLabel(), newLabel()];
    const answer = tab.ask(lines(build(LONG, labels[0]), research(LONG, labels[1])));
    const works = await Promise.all(labels.map(workOf));
    await until('the detached one', () => isFinal(tab.calls()[0]), () => tab.calls());
    const { secret } = (await local('secret')) as { secret: string };
    const all = dice.shuffled(works.flatMap(({ operationId }) => posts(operationId)));
    assert.equal(all.length, 1_000);

    const statuses = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let next = all.pop(); next !== undefined; next = all.pop()) {
          const [operation, kind, body, id] = next;
          const { status, text } = await post(operation, kind, body, { id, secret });
          assert.ok(status === 202 || LATE.includes(status), `answered ${status}: ${text}`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    assert.ok(statuses.has(202) && statuses.has(410), JSON.stringify([...statuses]));

    assert.match(await answer, /research (said: .*(the report|another body)|failed: .*It broke \d+ times)/);
    assert.equal(results(tab).length, 2, 'one of each call: what is pending, and the result');
    const seen = async () => (await stored(tab.session, tab.user)).messages;
    await until('the continuation', async () => /report|body|broke/.test(textOf((await seen())[2])), async () => (await seen()).map(textOf));
    assert.equal(await tab.ask('count to 3'), '1 2 3');

    const messages = await seen();
    assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'assistant', 'user', 'assistant']);
    const [built, researched] = callsOf(messages[1]) as [Call, Call];
    assert.deepEqual(plain(researched), plain(callsOf(tab.chat.messages[1])[1]));
    for (const call of [built, researched]) {
      assert.ok(isFinal(call));
      assert.match(call.state === 'output-error' ? call.errorText : JSON.stringify(call.output), /the report|another body \d+|It broke \d+ times/);
    }
    for (const { operationId } of works) {
      const { body } = await http('GET', `/operations/${operationId}`, tab.user);
      assert.match(body.status, /^(completed|failed)$/);
    }
  });
});
