// Tools, through the AI SDK's client: what they bring, how they fail, and what stays of it all.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { callsOf, closeAndVerify, http, newUser, numbers, RawSocket, sendFrame, system, Tab, textOf, until, upTo } from './support.ts';
import { answerFrame, assertWords, lines, plain, preliminary, responded, resumed, states, storedAnswer, TRANSFER, types, use } from './tools-support.ts';

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
