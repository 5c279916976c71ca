// Tools that a human must confirm, through the AI SDK's client: who is asked, what they may answer, and what a policy says.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { type Call, callsOf, closeAndVerify, http, newUser, RawSocket, sendFrame, stored, system, Tab, textOf, until } from './support.ts';
import { answerFrame, assertWords, lines, plain, responded, resumed, states, storedAnswer, TRANSFER, types, use } from './tools-support.ts';

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
