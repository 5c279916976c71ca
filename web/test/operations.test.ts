// Operations, through the AI SDK's client: work that an outside service does, and what may go wrong with it. The
// service is the local system's own; where a test needs another word from it, it speaks in its name.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { build, completions, done, doneWork, isFinal, LATE, LONG, newLabel, post, research, results, workOf } from './operations-support.ts';
import { tabOn } from './resuming-support.ts';
import { callsOf, closeAndVerify, http, Line, numbers, stored, system, Tab, textOf, until, upTo } from './support.ts';
import { assertWords, lines, plain, preliminary, resumed, states, storedAnswer, types, use } from './tools-support.ts';

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
    // An errand's heartbeat is 5 s.
    assert.match(await tab.ask(use('errand', { ms: 8000, progress: 15 })), /^errand said: /);
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
    const text = await tab.ask(use('errand', { ms: 500, outcome: 'silent', progress: 1, label }));
    const [call] = tab.calls();
    assert.equal(call!.state, 'output-error');
    assertWords(call!.errorText);
    assert.match(call!.errorText ?? '', /time/i);
    assert.match(text, /^errand failed: .*time/i);

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
