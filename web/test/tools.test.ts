// Tools, through the AI SDK's client: what they bring, how they fail, who is asked, and what stays of it all.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { getToolName } from 'ai';
import {
  type Call,
  callsOf,
  closeAndVerify,
  HOLDFAST_URL,
  http,
  newUser,
  numbers,
  RawSocket,
  sendFrame,
  stored,
  system,
  Tab,
  textOf,
  until,
  upTo,
} from './support.ts';
import {
  answerFrame,
  assertWords,
  lines,
  mcpIsMissing,
  plain,
  preliminary,
  responded,
  resumed,
  states,
  storedAnswer,
  TRANSFER,
  types,
  use,
} from './tools-support.ts';

describe('a tool', system, () => {
  afterEach(closeAndVerify);

  test('is called, and its result is in the message before the words that follow from it', async () => {
    const tab = new Tab();
    const text = await tab.ask(use('echo', { value: 'hello' }));
    const [call, ...others] = tab.calls();
    assert.deepEqual(others, []);
    assert.equal(call!.type, 'tool-echo');
    assert.equal(call!.state, 'output-available');
    assert.deepEqual(call!.input, { value: 'hello' });
    assert.deepEqual(call!.output, { value: 'hello' });
    assert.match(text, /^echo said: .*hello/);
    assert.equal(tab.chat.messages.length, 2, 'one message holds all of it');
    assert.deepEqual(
      tab.message()!.parts.map(part => part.type),
      ['step-start', 'tool-echo', 'step-start', 'text'],
    );
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });

  test('is remembered: the next turn knows that there was one', async () => {
    const tab = new Tab();
    await tab.ask(use('echo', { value: 'hello' }));
    assert.equal(await tab.ask('count to 3'), '1 2 3');
    assert.equal(await tab.ask('recall'), `${use('echo', { value: 'hello' })} | count to 3`);
  });

  test('runs beside the others, and the results come in the order of the calls', async () => {
    const tab = new Tab();
    const text = await tab.ask(lines(use('wait', { ms: 1500 }), use('echo', { value: 'quick' }), use('wait', { ms: 1500 })));
    const outputs = tab.wire.frames.flatMap(({ chunk }) => (chunk?.type === 'tool-output-available' ? [chunk] : []));
    const [first, , last] = tab.calls();
    const isOf = (call: typeof first, preliminary: boolean) => (chunk: (typeof outputs)[number]) =>
      chunk.toolCallId === call!.toolCallId && (chunk.preliminary ?? false) === preliminary;
    assert.ok(outputs.findIndex(isOf(last, true)) < outputs.findIndex(isOf(first, false)), 'one is under way before another is done');
    assert.ok(outputs.findIndex(isOf(first, true)) < outputs.findIndex(isOf(last, false)), 'the other way round, too');
    assert.deepEqual(states(tab.calls()), ['wait output-available', 'echo output-available', 'wait output-available']);
    assert.match(text, /^wait said: .*\necho said: .*quick.*\nwait said: /);
  });

  test('fails without the others, and the model hears of it', async () => {
    const tab = new Tab();
    const text = await tab.ask(lines(use('echo', { value: 1 }), use('fail', { message: 'The mill is broken' }), use('echo', { value: 2 })));
    assert.deepEqual(states(tab.calls()), ['echo output-available', 'fail output-error', 'echo output-available']);
    assert.equal(tab.calls()[1]!.errorText, 'The mill is broken');
    assert.match(text, /^echo said: .*1.*\nfail failed: .*The mill is broken.*\necho said: .*2/);
  });

  for (const [what, line] of [
    ['malformed input', 'use echo {"value": "never closed'],
    ['input that its schema refuses', use('wait', { ms: 'long' })],
    ['input with a field too many', use('echo', { value: 1, more: 2 })],
    ['a tool that there is not', use('no_such_tool', {})],
  ]) {
    test(`is not run with ${what}: the call has an error, and the model goes on`, async () => {
      const tab = new Tab();
      const text = await tab.ask(lines(line!, use('echo', { value: 'good' })));
      const [bad, good] = tab.calls();
      assert.equal(bad!.state, 'output-error');
      assertWords(bad!.errorText);
      assert.equal(good!.state, 'output-available');
      assert.match(text, /^\w+ failed: .*\necho said: .*good/);
      assert.equal(await tab.ask('still there?'), 'You said: still there?');
    });
  }

  test('takes no input at all as an empty one', async () => {
    const tab = new Tab();
    assert.match(await tab.ask('use current_time'), /^current_time said: .*\d{4}-\d\d-\d\dT/);
    assert.deepEqual(tab.calls()[0]!.input, {});
  });

  test('brings more than a frame holds: the message has a preview, and all of it is there over HTTP', async () => {
    const tab = new Tab();
    await tab.ask(lines(use('big', { bytes: 200_000 }), 'then', 'count to 3'));
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-available');
    const output = call!.output as { type: string; preview: string; bytes: number; url: string };
    assert.equal(output.type, 'preview');
    assert.ok(output.bytes >= 200_000, `${output.bytes} bytes`);
    assert.ok(output.preview.length > 100 && output.preview.length < 20_000, `${output.preview.length} characters`);
    const path = `/turns/${tab.turnId()}/calls/${call!.toolCallId}`;
    assert.equal(output.url, path);

    const whole = await http('GET', path, tab.user);
    assert.equal(whole.status, 200);
    assert.equal(whole.body.output.length, 200_000);
    assert.ok(whole.body.output.startsWith(output.preview.slice(0, 100)));
    assert.equal((await http('GET', path, newUser('mallory'))).status, 404);
    assert.equal((await http('GET', `/turns/${tab.turnId()}/calls/none`, tab.user)).status, 404);
  });

  test('tells how far it is before it is done', async () => {
    const tab = new Tab();
    const answer = tab.ask(use('wait', { ms: 3000 }));
    await until('a preliminary output', () => preliminary(tab).length > 0, () => tab.wire.frames.slice(-3));
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-available');
    assert.equal(call!.state === 'output-available' && call!.preliminary, true);
    await answer;
    assert.equal(tab.calls()[0]!.state === 'output-available' && (tab.calls()[0] as { preliminary?: boolean }).preliminary, undefined);
    assert.deepEqual(tab.calls()[0]!.output, { waited: 3000 });
  });

  test('follows another, as often as the model likes', async () => {
    const tab = new Tab();
    const text = await tab.ask(
      lines(use('echo', { value: 'one' }), 'then', use('echo', { value: 'two' }), 'then', 'count to 3', use('echo', { value: 'three' })),
    );
    assert.deepEqual(tab.calls().map(call => call.output), [{ value: 'one' }, { value: 'two' }, { value: 'three' }]);
    assert.match(text, /echo said: .*one.*echo said: .*two.*1 2 3.*echo said: .*three/s);
    assert.equal(tab.message()!.parts.filter(part => part.type === 'step-start').length, 4);
  });

  test('is not called once too often: the answer ends in words when the steps are used up', async () => {
    const tab = new Tab();
    const text = await tab.ask(
      lines(use('echo', { value: 1 }), 'then', use('echo', { value: 2 }), 'then', use('echo', { value: 3 }), 'then', 'count to 9'),
      { assistant: 'brief' },
    );
    assert.ok(tab.calls().length <= 2, `${tab.calls().length} calls`);
    assert.match(text, /\bsteps?\b/i);
    assert.doesNotMatch(text, /1 2 3 4/);
    assert.equal(await tab.ask('hello'), 'You said: hello');
  });

  test('may be a Lambda function, an HTTP endpoint, or built in', async () => {
    const tab = new Tab();
    await tab.ask(
      lines(
        use('sum', { numbers: [1, 2, 3.5] }),
        use('http_echo', { value: 'over HTTP' }),
        use('calculator', { expression: '(1 + 2) * 3' }),
        use('recall', { query: 'calculator' }),
        use('fetch_page', { url: 'http://127.0.0.1:1/' }),
      ),
    );
    const [sum, echo, calculator, recall, page] = tab.calls();
    assert.deepEqual(sum!.output, { sum: 6.5 });
    assert.deepEqual((echo!.output as { input: unknown }).input, { value: 'over HTTP' });
    assert.equal(Number((calculator!.output as { result: number }).result), 9);
    assert.match(JSON.stringify(recall!.output), /calculator/);
    assert.equal(page!.state, 'output-error', 'an address of the own network is refused');
    assertWords(page!.errorText);
  });

  test('tells over HTTP how far it is', async () => {
    const tab = new Tab();
    await tab.ask(use('http_progress', {}));
    assert.deepEqual(tab.calls()[0]!.output, { done: 5, of: 5 });
    assert.ok(preliminary(tab).length > 0, 'no preliminary output');
  });

  test('shows no secret, neither in a frame nor in what is stored', async () => {
    const secret = 's3cret-value';
    const tab = new Tab();
    await tab.ask(lines(use('echo', { value: { api_key: secret, city: 'Bern' } }), use('fail', { message: `password=${secret}` })));
    assert.match(JSON.stringify(tab.calls()[0]!.output), /Bern/);
    // The model and the user may repeat it; what is ours to say never holds it.
    const ours = tab.wire.frames.filter(
      ({ chunk }) =>
        chunk?.type === 'tool-output-error' || (chunk?.type.startsWith('tool-') && 'toolCallId' in chunk && chunk.toolCallId === tab.calls()[0]!.toolCallId),
    );
    assert.ok(ours.length >= 4, `${ours.length} frames`);
    assert.doesNotMatch(JSON.stringify(ours), new RegExp(secret));
    // Deltas could hold it in pieces.
    const deltas = ours.map(({ chunk }) => (chunk?.type === 'tool-input-delta' ? chunk.inputTextDelta : '')).join('');
    assert.doesNotMatch(deltas, new RegExp(secret));
    const [echoed, failed] = callsOf(await storedAnswer(tab));
    assert.doesNotMatch(JSON.stringify([echoed, failed!.errorText]), new RegExp(secret));
    const call = await http('GET', `/turns/${tab.turnId()}/calls/${tab.calls()[0]!.toolCallId}`, tab.user);
    assert.doesNotMatch(JSON.stringify(call.body), new RegExp(secret));
  });
});

describe('an approval', system, () => {
  afterEach(closeAndVerify);

  /** A tab whose answer waits for a human. */
  async function asking(text = TRANSFER, options: ConstructorParameters<typeof Tab>[0] = {}): Promise<Tab> {
    const tab = new Tab(options);
    await tab.ask(text);
    return tab;
  }

  test('is asked for: the stream ends there, and nothing has run', async () => {
    const tab = await asking();
    const [call] = tab.calls();
    assert.equal(call!.state, 'approval-requested');
    assert.equal(typeof call!.approval!.id, 'string');
    assert.deepEqual(call!.input, { to: 'bob', amount: 10 });
    assert.equal(call!.output, undefined);
    assert.equal(tab.text(), '');
    const end = tab.wire.frames.at(-1)!;
    assert.equal(end.type, 'end');
    assert.ok(!types(tab.wire.chunks(end.requestId)).includes('finish'));
  });

  test('is given: the call runs, and the answer goes on in the same message', async () => {
    const tab = await asking();
    const { id } = tab.message()!;
    const text = await tab.confirm(tab.calls()[0]!, true);
    assert.equal(tab.message()!.id, id);
    assert.equal(tab.chat.messages.length, 2);
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-available');
    assert.equal(call!.approval?.approved, true);
    assert.deepEqual(
      { ...(call!.output as object), key: undefined },
      { transferred: true, to: 'bob', amount: 10, key: undefined },
    );
    assert.match(text, /^transfer said: /);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
    assert.equal(await tab.ask('hello'), 'You said: hello');
  });

  test('is refused, and the model hears why', async () => {
    const tab = await asking();
    const text = await tab.confirm(tab.calls()[0]!, false, 'Bob has enough');
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-denied');
    assert.equal(call!.approval?.approved, false);
    assert.match(text, /^transfer failed: .*Bob has enough/);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });

  test('is asked for two calls at once, and both answers go together', async () => {
    const tab = await asking(lines(TRANSFER, use('transfer', { to: 'carol', amount: 20 }), use('echo', { value: 'meanwhile' })));
    assert.deepEqual(states(tab.calls()), [
      'transfer approval-requested',
      'transfer approval-requested',
      'echo output-available',
    ]);
    const before = tab.wire.sentFrames;
    await tab.confirm(tab.calls()[0]!, true);
    assert.equal(tab.wire.sentFrames, before, 'the client waits for the other answer');
    const text = await tab.confirm(tab.calls()[1]!, false, 'Not her');
    assert.deepEqual(states(tab.calls()), ['transfer output-available', 'transfer output-denied', 'echo output-available']);
    assert.match(text, /^transfer said: .*bob.*\ntransfer failed: .*Not her.*\necho said: .*meanwhile/);
  });

  test('is asked for two calls at once, and answered one after the other', async () => {
    const tab = await asking(lines(TRANSFER, use('transfer', { to: 'carol', amount: 20 })));
    const message = tab.message()!;
    const [one, two] = tab.calls();
    const socket = await RawSocket.open(tab.user);
    const first = answerFrame(tab.session, message, responded(two!, true));
    assert.equal((await socket.ask(first)).type, 'end');
    assert.ok(!types(socket.wire.chunks(first.requestId)).includes('finish'), 'the other is still waited for');
    const second = answerFrame(tab.session, message, responded(one!, true), responded(two!, true));
    assert.equal((await socket.ask(second)).type, 'end');
    assert.equal(socket.wire.chunks(second.requestId).at(-1)!.type, 'finish');
    const answer = await storedAnswer(tab);
    assert.deepEqual(states(callsOf(answer)), ['transfer output-available', 'transfer output-available']);
    assert.match(textOf(answer), /^transfer said: .*bob.*\ntransfer said: .*carol/);
    assert.deepEqual(plain((await resumed(tab)).message()), plain(answer));
  });

  test('is asked for many calls at once, and none keeps another from being asked about', async () => {
    const tab = await asking(lines(...Array.from({ length: 12 }, () => TRANSFER), use('echo', { value: 1 })));
    const waiting = tab.calls().filter(({ state }) => state === 'approval-requested');
    assert.equal(waiting.length, 12);
    assert.equal(tab.calls().at(-1)!.state, 'output-available');
    const cancelled = await http('POST', `/turns/${tab.turnId()}/cancel`, tab.user);
    assert.equal(cancelled.status, 200);
  });

  test('is asked for again in a later step of the same answer', async () => {
    const tab = await asking(lines(TRANSFER, 'then', use('transfer', { to: 'carol', amount: 20 })));
    await tab.confirm(tab.calls()[0]!, true);
    assert.deepEqual(states(tab.calls()), ['transfer output-available', 'transfer approval-requested']);
    const text = await tab.confirm(tab.calls()[1]!, true);
    assert.match(text, /transfer said: .*bob.*transfer said: .*carol/s);
    assert.equal(tab.chat.messages.length, 2);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });

  test('is answered twice: the same again attaches, another is refused in words', async () => {
    const tab = await asking();
    const message = tab.message()!;
    const [call] = tab.calls();
    const socket = await RawSocket.open(tab.user);
    const answers = [1, 2].map(() => answerFrame(tab.session, message, responded(call!, true)));
    answers.forEach(frame => socket.send(frame));
    for (const { requestId } of answers) {
      assert.equal((await socket.end(requestId)).type, 'end');
      assert.match(socket.text(requestId), /^transfer said: /);
    }
    assert.deepEqual(socket.wire.chunks(answers[1]!.requestId), socket.wire.chunks(answers[0]!.requestId));

    const again = answerFrame(tab.session, message, responded(call!, true));
    assert.equal((await socket.ask(again)).type, 'end');
    assert.match(socket.text(again.requestId), /^transfer said: /);

    const other = await socket.ask(answerFrame(tab.session, message, responded(call!, false)));
    assert.equal(other.type, 'error');
    assertWords(other.errorText);
    assert.deepEqual(states(callsOf(await storedAnswer(tab))), ['transfer output-available']);

    assert.equal((await socket.ask(sendFrame(tab.session, 'count to 3'))).type, 'end');
    const late = answerFrame(tab.session, message, responded(call!, true));
    assert.equal((await socket.ask(late)).type, 'end', 'another turn has followed');
    assert.match(socket.text(late.requestId), /^transfer said: /);
  });

  test('is not answered by somebody else, nor for other arguments, nor for a call that is not', async () => {
    const tab = await asking();
    const message = tab.message()!;
    const [call] = tab.calls();
    const stranger = await RawSocket.open(newUser('mallory'));
    const socket = await RawSocket.open(tab.user);
    const refusals = [
      await stranger.ask(answerFrame(tab.session, message, responded(call!, true))),
      await socket.ask(
        answerFrame(tab.session, message, { ...responded(call!, true), input: { to: 'mallory', amount: 10_000 } } as Call),
      ),
      await socket.ask(
        answerFrame(tab.session, message, responded({ ...call!, approval: { id: 'approval-none' } } as Call, true)),
      ),
    ];
    for (const refusal of refusals) {
      assert.equal(refusal.type, 'error');
      assertWords(refusal.errorText);
    }
    const { status } = await http('POST', `/turns/${tab.turnId()}/approvals/${call!.approval!.id}`, newUser('mallory'), {
      approved: true,
    });
    assert.equal(status, 404);
    assert.deepEqual(states((await resumed(tab)).calls()), ['transfer approval-requested'], 'it still waits');
    assert.match(await tab.confirm(call!, true), /^transfer said: .*bob/);
  });

  test('is answered after a reload', async () => {
    const before = await asking(lines('count to 3', TRANSFER));
    before.close();
    const { messages } = await stored(before.session, before.user);
    const tab = new Tab({ session: before.session, user: before.user, messages });
    await tab.chat.resumeStream();
    assert.equal(tab.message()!.id, before.message()!.id);
    assert.deepEqual(plain(tab.message()), plain(before.message()));
    const text = await tab.confirm(tab.calls()[0]!, true);
    assert.match(text, /^1 2 3\n?transfer said: .*bob/);
    assert.deepEqual(tab.chat.messages.map(message => message.role), ['user', 'assistant']);
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });

  test('is answered over HTTP, and whoever reads sees it go on', async () => {
    const tab = await asking();
    const reader = await RawSocket.open(tab.user);
    const resume = (requestId: string, lastSequence?: number) =>
      reader.send({ type: 'resume', requestId, id: tab.session, lastSequence, headers: {}, body: {} });
    resume('before');
    await until('the approval', () => types(reader.wire.chunks('before')).includes('tool-approval-request'));
    const path = `/turns/${tab.turnId()}/approvals/${tab.calls()[0]!.approval!.id}`;
    assert.equal((await http('POST', path, tab.user, { approved: 'yes' })).status, 400);
    assert.equal((await http('POST', `${path}-none`, tab.user, { approved: true })).status, 404);
    const answered = await http('POST', path, tab.user, { approved: true });
    assert.equal(answered.status, 200, JSON.stringify(answered.body));
    resume('after');
    await until('the end', () => types(reader.wire.chunks('after')).at(-1) === 'finish', () => reader.wire.frames.slice(-3));
    assert.equal((await reader.end('after')).type, 'end');
    assert.match(reader.text('after'), /^transfer said: .*bob/);
    assert.equal((await http('POST', path, tab.user, { approved: true })).status, 200, 'the same again');
    assert.equal((await http('POST', path, tab.user, { approved: false })).status, 409);
  });

  test('expires, and the model goes on without it', async () => {
    const tab = new Tab();
    await tab.ask(TRANSFER, { assistant: 'hasty' });
    assert.equal(tab.calls()[0]!.state, 'approval-requested');
    await until('the end of its time', async () => textOf(await storedAnswer(tab)) !== '', () => tab.calls());
    const other = await resumed(tab);
    const [call] = other.calls();
    assert.ok(['output-denied', 'output-error'].includes(call!.state), call!.state);
    assert.match(other.answer(), /^transfer failed: /);
    const late = await (await RawSocket.open(tab.user)).ask(answerFrame(tab.session, tab.message()!, responded(tab.calls()[0]!, true)));
    assert.equal(late.type, 'error');
    assertWords(late.errorText);
  });

  test('holds up the next message until it is answered, or the turn is cancelled', async () => {
    const tab = await asking();
    const socket = await RawSocket.open(tab.user);
    const refused = await socket.ask(sendFrame(tab.session, 'me too'));
    assert.equal(refused.type, 'error');
    assertWords(refused.errorText);
    await tab.confirm(tab.calls()[0]!, true);
    assert.equal(await tab.ask('hello'), 'You said: hello');
  });
});

describe('a policy', system, () => {
  afterEach(closeAndVerify);

  const guarded = { assistant: 'guarded' };
  const offered = async (tab: Tab) => (await tab.ask('show tools', guarded)).split('\n').map(line => line.split(':')[0]);

  test('offers a guest two tools, and runs no others', async () => {
    const tab = new Tab({ roles: ['guest'] });
    assert.deepEqual((await offered(tab)).toSorted(), ['current_time', 'echo']);
    const text = await tab.ask(lines(use('echo', { value: 1 }), TRANSFER), guarded);
    assert.deepEqual(states(tab.calls()), ['echo output-available', 'transfer output-error']);
    assert.match(text, /^echo said: .*\ntransfer failed: /);
  });

  test('asks a user before what is risky, and before what is listed', async () => {
    const tab = new Tab({ roles: ['user'] });
    assert.ok(!(await offered(tab)).includes('big'));
    await tab.ask(lines(use('echo', { value: 1 }), use('wait', { ms: 10 }), TRANSFER), guarded);
    assert.deepEqual(states(tab.calls()), ['echo output-available', 'wait approval-requested', 'transfer approval-requested']);
    await tab.confirm(tab.calls()[1]!, true);
    await tab.confirm(tab.calls()[2]!, false);
    assert.deepEqual(states(tab.calls()), ['echo output-available', 'wait output-available', 'transfer output-denied']);
  });

  test('asks an admin nothing', async () => {
    const tab = new Tab({ roles: ['admin'] });
    await tab.ask(lines(TRANSFER, use('big', { bytes: 10 })), guarded);
    assert.deepEqual(states(tab.calls()), ['transfer output-available', 'big output-available']);
  });

  test('grants somebody without a role what everyone may', async () => {
    assert.deepEqual(await offered(new Tab()), ['current_time']);
  });
});

describe('a message', system, () => {
  afterEach(closeAndVerify);

  type Metadata = { model?: string; assistant?: string; reasoningEffort?: string };
  const metadata = (tab: Tab) => tab.message()!.metadata as Metadata;

  test('says which assistant and model answered it', async () => {
    const tab = new Tab();
    await tab.ask('hello');
    assert.equal(metadata(tab).assistant, 'default');
    assert.equal(typeof metadata(tab).model, 'string');
    await tab.ask('hello', { assistant: 'brief' });
    assert.equal(metadata(tab).assistant, 'brief');
  });

  test('chooses a model and how hard it thinks', async () => {
    const tab = new Tab();
    assert.match(await tab.ask('show model', { model: 'script-two', reasoningEffort: 'low' }), /^script-two\b/);
    assert.equal(metadata(tab).model, 'script-two');
    assert.equal(metadata(tab).reasoningEffort, 'low');
    assert.equal((await storedAnswer(tab))!.metadata && ((await storedAnswer(tab))!.metadata as Metadata).model, 'script-two');
  });

  for (const [what, body] of [
    ['an assistant that there is not', { assistant: 'nobody' }],
    ['a model that its assistant does not offer', { assistant: 'brief', model: 'script-two' }],
    ['an effort that there is not', { reasoningEffort: 'utmost' }],
  ] as const) {
    test(`is refused in words when it chooses ${what}, and the next one is taken`, async () => {
      const tab = new Tab();
      await tab.chat.sendMessage({ text: 'hello' }, { body });
      assert.equal(tab.chat.status, 'error');
      assertWords(tab.chat.error!.message);
      const socket = await RawSocket.open(tab.user);
      assert.equal((await socket.ask(sendFrame(tab.session, 'hello', { body }))).type, 'error');
      assert.equal(await tab.ask('again'), 'You said: again');
    });
  }

  test('gets its last answer from another model when its assistant says so', async () => {
    const tab = new Tab();
    const text = await tab.ask(lines('show model', use('echo', { value: 1 }), 'then', 'show model'), { assistant: 'composed' });
    assert.match(text, /script-final/);
    assert.doesNotMatch(text.split('echo said')[0]!, /script-final/);
  });
});

describe('whoever comes back', system, () => {
  afterEach(closeAndVerify);

  const ways: [string, string, (tab: Tab) => Promise<unknown>][] = [
    ['an answer with tools', lines('think first', 'count to 3', use('echo', { value: 1 }), use('fail', {}), 'then', 'count to 2'), async () => {}],
    ['a call with a preview', use('big', { bytes: 100_000 }), async () => {}],
    ['a call whose input was bad', 'use echo {"value', async () => {}],
    ['a confirmed call', TRANSFER, tab => tab.confirm(tab.calls()[0]!, true)],
    ['a denied call', TRANSFER, tab => tab.confirm(tab.calls()[0]!, false, 'No')],
    ['a cancelled question', TRANSFER, tab => http('POST', `/turns/${tab.turnId()}/cancel`, tab.user)],
  ];
  for (const [what, text, then] of ways) {
    test(`sees ${what} as it is stored`, async () => {
      const tab = new Tab();
      await tab.ask(text).catch(() => {});
      await then(tab);
      const answer = plain(await storedAnswer(tab));
      assert.notEqual(answer, null);
      assert.deepEqual(plain((await resumed(tab)).message()), answer);
    });
  }

  test('sees the question that is open, as whoever asked does', async () => {
    const tab = new Tab();
    await tab.ask(lines('count to 3', use('echo', { value: 1 }), TRANSFER));
    const other = await resumed(tab);
    assert.deepEqual(states(other.calls()), ['echo output-available', 'transfer approval-requested']);
    assert.deepEqual(plain(other.message()), plain(tab.message()));
    const answer = await storedAnswer(tab);
    if (answer) {
      assert.deepEqual(plain(answer), plain(tab.message()));
    }
  });

  test('in the middle of a tool sees its progress and its end', async () => {
    const tab = new Tab();
    const answer = tab.ask(lines('count to 3', use('wait', { ms: 3000 })));
    await until('a preliminary output', () => preliminary(tab).length > 0);
    const other = await resumed(tab);
    await answer;
    assert.deepEqual(plain(other.message()), plain(tab.message()));
    assert.deepEqual(plain(await storedAnswer(tab)), plain(tab.message()));
  });
});

describe('a cancelled turn', system, () => {
  afterEach(closeAndVerify);

  /** Cancels the turn over HTTP and returns the receipt. */
  async function cancel(tab: Tab) {
    const { status, body } = await http('POST', `/turns/${tab.turnId()}/cancel`, tab.user);
    assert.equal(status, 200, JSON.stringify(body));
    return body as { turnId: string; cancelled: boolean; status: string; calls: { toolCallId: string; toolName: string; state: string }[] };
  }

  test('that waits for a human says that the call has not started', async () => {
    const tab = new Tab();
    await tab.ask(lines(use('echo', { value: 1 }), TRANSFER));
    const [echo, transfer] = tab.calls();
    assert.deepEqual(await cancel(tab), {
      turnId: tab.turnId(),
      cancelled: true,
      status: 'cancelled',
      calls: [
        { toolCallId: echo!.toolCallId, toolName: 'echo', state: 'done' },
        { toolCallId: transfer!.toolCallId, toolName: 'transfer', state: 'not_started' },
      ],
    });
    const socket = await RawSocket.open(tab.user);
    const requestId = 'resumed';
    assert.equal((await socket.ask({ type: 'resume', requestId, id: tab.session, headers: {}, body: {} } as { requestId: string })).type, 'end');
    assert.deepEqual(types(socket.wire.chunks(requestId)).filter(type => type === 'abort'), ['abort']);
    assert.equal(types(socket.wire.chunks(requestId)).at(-1), 'abort');

    const late = await socket.ask(answerFrame(tab.session, tab.message()!, responded(transfer!, true)));
    assert.equal(late.type, 'error');
    assertWords(late.errorText);
    const again = await cancel(tab);
    assert.equal(again.cancelled, false);
    assert.equal(again.status, 'cancelled');
    assert.equal(await tab.ask('hello'), 'You said: hello');
  });

  test('says which call runs and which is done, and nothing is said after it', async () => {
    const tab = new Tab();
    const answer = tab.chat.sendMessage({ text: lines('count to 3', use('wait', { ms: 20_000 }), use('echo', { value: 1 })) });
    await until('both calls', () => preliminary(tab).length > 0 && tab.calls()[1]?.state === 'output-available', () => tab.calls());
    const [wait, echo] = tab.calls();
    const from = performance.now();
    assert.deepEqual((await cancel(tab)).calls, [
      { toolCallId: wait!.toolCallId, toolName: 'wait', state: 'running' },
      { toolCallId: echo!.toolCallId, toolName: 'echo', state: 'done' },
    ]);
    await answer;
    assert.ok(performance.now() - from < 5_000, 'the tool was waited for');
    const { requestId } = tab.wire.frames.find(frame => frame.chunk?.type === 'start')!;
    assert.deepEqual(types(tab.wire.chunks(requestId)).filter(type => type === 'abort'), ['abort']);
    await pause(1_500);
    assert.equal(types(tab.wire.chunks(requestId)).at(-1), 'abort', 'a tool that was running says nothing any more');
    assert.match(textOf(await storedAnswer(tab)), /1 2 3/);
    assert.equal(await new Tab(tab).ask('hello'), 'You said: hello');
  });

  test('can be stopped by the client in the middle of a tool', async () => {
    const tab = new Tab();
    const answer = tab.chat.sendMessage({ text: use('wait', { ms: 20_000 }) });
    await until('a preliminary output', () => preliminary(tab).length > 0);
    await tab.chat.stop();
    await answer;
    await until('what is kept of it', async () => (await storedAnswer(tab)) !== undefined);
    assert.deepEqual(numbers(await new Tab(tab).ask('count to 3')), upTo(3));
  });
});

describe('an MCP server', { skip: await mcpIsMissing() }, () => {
  afterEach(closeAndVerify);

  const ECHO = use('everything_echo', { message: 'hello' });

  /** Stops or starts the server, and waits until it is done. */
  async function make(what: 'start' | 'stop'): Promise<void> {
    const response = await fetch(`${HOLDFAST_URL}/local/mcp/${what}`, { method: 'POST' });
    assert.equal(response.status, 200, await response.text());
  }

  /** Asks for the tool until it is there: the server starts beside the system. */
  async function echoes(tab: Tab): Promise<void> {
    await until(
      'the tool of the MCP server',
      async () => {
        await tab.ask(ECHO);
        return tab.calls().at(-1)!.state === 'output-available';
      },
      () => tab.calls().at(-1),
    );
  }

  /** Asks for the prompts until they are there. */
  async function promptsOf(user: string): Promise<void> {
    await until('the prompts of the MCP server', async () => (await http('GET', '/prompts', user)).body.items.length > 0);
  }

  test('offers its tools under a prefix', async () => {
    const tab = new Tab();
    await echoes(tab);
    const listed = async () => (await http('GET', '/tools', tab.user)).body.items.filter(({ kind }: { kind: string }) => kind === 'mcp');
    await until('its tools in the list', async () => (await listed()).length > 0);
    const [echo, environment] = ['everything_echo', 'everything_get-env'].map(async wanted => (await listed()).find(({ name }: { name: string }) => name === wanted));
    assert.deepEqual([(await echo).risk, (await echo).asks], ['low', false]);
    assert.deepEqual([(await environment).risk, (await environment).asks], ['medium', false]);
    const call = tab.calls().at(-1)!;
    assert.equal(call.type, 'dynamic-tool', 'no frontend knows its tools beforehand');
    assert.equal(getToolName(call), 'everything_echo');
    assert.match(JSON.stringify(call.output), /Echo: hello/);
    assert.match(tab.text(), /^everything_echo said: .*Echo: hello/);
    assert.match(await tab.ask('show tools'), /^everything_echo: .*^everything_get-sum: /ms);
  });

  test('is told when the input is wrong, and the model goes on', async () => {
    const tab = new Tab();
    await echoes(tab);
    const text = await tab.ask(use('everything_get-sum', { a: 'one' }));
    assert.equal(tab.calls().at(-1)!.state, 'output-error');
    assert.match(text, /^everything_get-sum failed: /);
  });

  test('tells how far a long call is', async () => {
    const tab = new Tab();
    await echoes(tab);
    await tab.ask(use('everything_trigger-long-running-operation', { duration: 2, steps: 4 }));
    const call = tab.calls().at(-1)!;
    assert.equal(call.state, 'output-available');
    assert.match(JSON.stringify(call.output), /Long running operation completed/);
    assert.ok(preliminary(tab).length > 0, 'no preliminary output');
  });

  test('offers its prompts, which become messages', async () => {
    const user = newUser();
    await promptsOf(user);
    const { body } = await http('GET', '/prompts', user);
    assert.deepEqual(body.silent, []);
    const prompt = body.items.find(({ name }: { name: string }) => name === 'everything_args-prompt');
    assert.equal(prompt.server, 'everything');
    assert.deepEqual(prompt.arguments.map(({ name, required }: any) => [name, required]), [['city', true], ['state', false]]);

    const say = (name: string, args?: object | string) => http('POST', `/prompts/everything_${name}`, user, typeof args === 'string' ? args : { arguments: args });
    const { body: said } = await say('args-prompt', { city: 'Bern', state: 'BE' });
    assert.deepEqual(said.messages.map(({ role, parts }: any) => [role, parts]), [['user', [{ type: 'text', text: "What's weather in Bern, BE?" }]]]);
    const session = `s-${said.messages[0].id}`;
    const sent = await http('POST', `/sessions/${session}/messages?wait=25`, user, { message: said.messages[0] });
    assert.equal(textOf(sent.body.message), "You said: What's weather in Bern, BE?");
    assert.deepEqual(plain((await stored(session, user)).messages[0]), said.messages[0]);

    assert.match(textOf((await say('simple-prompt')).body.messages[0]), /\w+ \w+/);
    const resource = await say('resource-prompt', { resourceType: 'Blob', resourceId: '1' });
    assert.match(textOf(resource.body.messages[1]), /"type":"resource".*"bytes":\d+/);
    for (const [status, words, answer] of [
      [400, /city is missing/, await say('args-prompt', {})],
      [400, /city is missing/, await say('args-prompt')],
      [400, /\[city, state\]/, await say('args-prompt', { city: 'Bern', year: '1' })],
      [400, /texts/, await say('args-prompt', { city: 7 })],
      [400, /texts/, await say('args-prompt', '{"arguments":[]}')],
      [400, /texts/, await say('args-prompt', 'nonsense')],
      [404, /no such prompt/, await say('nothing', {})],
      [404, /no such prompt/, await http('POST', '/prompts/args-prompt', user, {})],
      [502, /Invalid resourceType/, await say('resource-prompt', { resourceType: 'x', resourceId: '1' })],
    ] as const) {
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(answer.body.detail, words);
    }
  });

  test('that is away is named, and what it offers is missing', async () => {
    const user = newUser();
    await promptsOf(user);
    try {
      await make('stop');
      assert.deepEqual((await http('GET', '/prompts', user)).body, { items: [], silent: ['everything'] });
      const answer = await http('POST', '/prompts/everything_simple-prompt', user, {});
      assert.equal(answer.status, 502);
      assertWords(answer.body.detail);
    } finally {
      await make('start');
    }
    await promptsOf(user);
  });

  test('may go away and come back in the middle of a conversation', async () => {
    const tab = new Tab();
    await echoes(tab);
    try {
      await make('stop');
      const text = await tab.ask(lines(ECHO, use('echo', { value: 'still here' })));
      assert.deepEqual(states(tab.calls()), ['everything_echo output-error', 'echo output-available']);
      assertWords(tab.calls()[0]!.errorText);
      assert.match(text, /^everything_echo failed: .*\necho said: .*still here/);
    } finally {
      await make('start');
    }
    await echoes(tab);
  });

  test('may restart, and forget its sessions, without anybody noticing', async () => {
    const tab = new Tab();
    await echoes(tab);
    await make('stop');
    await make('start');
    await tab.ask(ECHO);
    assert.equal(tab.calls().at(-1)!.state, 'output-available');
  });

  test('that goes away in the middle of a call leaves an error in words', async () => {
    const tab = new Tab();
    await echoes(tab);
    try {
      const answer = tab.ask(use('everything_trigger-long-running-operation', { duration: 20, steps: 40 }));
      await until('a preliminary output', () => preliminary(tab).length > 0);
      await make('stop');
      assert.match(await answer, /^everything_trigger-long-running-operation failed: /);
      assertWords(tab.calls().at(-1)!.errorText);
    } finally {
      await make('start');
    }
  });
});
