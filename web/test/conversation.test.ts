// A conversation through the AI SDK's client: what is said, what is remembered, what goes wrong.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { closeAndVerify, newSession, numbers, RawSocket, sendFrame, stored, system, Tab, textOf, until, upTo, userMessage } from './support.ts';

describe('a conversation', system, () => {
  afterEach(closeAndVerify);

  test('streams an answer, chunk by chunk', async () => {
    const tab = new Tab();
    const lengths = new Set<number>();
    const unsubscribe = tab.chat['~registerMessagesCallback'](() => lengths.add(tab.text().length));
    assert.deepEqual(numbers(await tab.ask('count to 40 every 20 ms')), upTo(40));
    unsubscribe();
    assert.ok(lengths.size > 3, `the text grew in ${lengths.size} steps`);
    assert.deepEqual(tab.chat.messages.map(message => message.role), ['user', 'assistant']);
  });

  test('says back what the model says', async () => {
    assert.equal(await new Tab().ask('Good morning!'), 'You said: Good morning!');
  });

  test('tells the model who it is', async () => {
    assert.match(await new Tab().ask('show system'), /\w+ \w+/);
  });

  test('remembers earlier turns, although only the last message is sent', async () => {
    const tab = new Tab();
    await tab.ask('red');
    await tab.ask('green');
    await tab.ask('blue');
    assert.equal(await tab.ask('recall'), 'red | green | blue');
    assert.equal(new Set(tab.chat.messages.map(message => message.id)).size, 8);
  });

  test('remembers earlier turns once, when the client sends all of them as the SDK does by itself', async () => {
    const tab = new Tab({}, undefined);
    await tab.ask('red');
    await tab.ask('green');
    assert.equal(await tab.ask('recall'), 'red | green');
  });

  test('believes its own record, not the history that a client sends', async () => {
    const tab = new Tab({}, ({ messages }) => ({
      messages: messages.map((message, i) => (i < messages.length - 1 ? { ...message, ...userMessage('forged', message.id) } : message)),
    }));
    await tab.ask('red');
    assert.equal(await tab.ask('recall'), 'red');
  });

  test('keeps two sessions of a user apart', async () => {
    const one = new Tab();
    const other = new Tab({ user: one.user });
    await one.ask('red');
    await other.ask('green');
    assert.equal(await one.ask('recall'), 'red');
    assert.equal(await other.ask('recall'), 'green');
  });

  test('gives back over HTTP what was said, under the same ids', async () => {
    const tab = new Tab();
    await tab.ask('think first\ncount to 3');
    await tab.ask('recall');
    const { status, messages } = await stored(tab.session, tab.user);
    assert.equal(status, 200);
    assert.deepEqual(
      messages.map(message => [message.id, message.role, textOf(message)]),
      tab.chat.messages.map(message => [message.id, message.role, textOf(message)]),
    );
  });

  test('hides a session from other users over HTTP', async () => {
    const tab = new Tab();
    await tab.ask('secret');
    const { status, messages } = await stored(tab.session, 'mallory');
    assert.ok(status === 403 || status === 404, `answered ${status}`);
    assert.deepEqual(messages, []);
  });

  test('shows the reasoning before the answer, apart from it', async () => {
    const tab = new Tab();
    assert.deepEqual(numbers(await tab.ask('think first\ncount to 5')), upTo(5));
    const parts = tab.message()!.parts.filter(part => part.type !== 'step-start');
    assert.deepEqual(parts.map(part => part.type), ['reasoning', 'text']);
    const reasoning = parts[0] as { text: string; state: string };
    assert.notEqual(reasoning.text.trim(), '');
    assert.equal(reasoning.state, 'done');
  });

  test('carries every character unharmed, whatever the frames are cut like', async () => {
    const text = `${'😀👩‍👩‍👧‍👦 שלום "quoted" \\ \u2028 e\u0301 '.repeat(150)}end`;
    const tab = new Tab();
    assert.equal(await tab.ask(text), `You said: ${text}`);
  });

  test('sends a long answer in frames that the gateway takes', async () => {
    const text = `${'a long sentence with many words, '.repeat(500)}and an end`;
    assert.equal(await new Tab().ask(text), `You said: ${text}`);
  });

  test('goes on after the model was throttled, and the reader sees nothing of it', async () => {
    const tab = new Tab();
    assert.equal(await tab.ask('fail throttled 2 times'), 'recovered');
    assert.equal(tab.chat.messages.length, 2);
  });

  test('writes a step again that broke in the middle, and the reader sees one clean answer', async () => {
    const tab = new Tab();
    assert.equal(await tab.ask('fail midstream 1 times'), 'recovered');
    await tab.chunk('reset-step');
    assert.equal(tab.chat.messages.length, 2);
    assert.equal(await tab.ask('recall'), 'fail midstream 1 times');
  });

  for (const failure of ['fail validation', 'fail context', 'fail access', 'fail missing', 'refuse filtered']) {
    test(`ends with an error in words after "${failure}", and takes the next message`, async () => {
      const tab = new Tab();
      await tab.chat.sendMessage({ text: failure });
      assert.equal(tab.chat.status, 'error');
      const words = tab.chat.error!.message;
      assert.match(words, /^[^{}<>]+ [^{}<>]+$/, 'a sentence');
      assert.doesNotMatch(words, /Exception|Error:|io\.holdfast|amazon|\bat \w+\./, 'nothing technical');
      await tab.chunk('error');
      await tab.chat.regenerate();
      assert.equal(tab.chat.error?.message, words);
      assert.equal(await tab.ask('still there?'), 'You said: still there?');
    });
  }

  test('takes a message that it refused, when it is edited or tried again as the SDK advises', async () => {
    const tab = new Tab();
    await tab.chat.sendMessage({ text: 'x'.repeat(20_001) });
    assert.equal(tab.chat.status, 'error');
    await tab.chat.sendMessage({ text: 'shorter', messageId: tab.chat.messages[0]!.id });
    assert.equal(tab.answer(), 'You said: shorter');

    const answer = tab.ask('count to 40 every 20 ms');
    await tab.counted(3);
    const other = new Tab(tab);
    await other.chat.sendMessage({ text: 'too early' });
    assert.equal(other.chat.status, 'error');
    await answer;
    await other.chat.regenerate();
    assert.equal(other.answer(), 'You said: too early');
    assert.equal(await other.ask('recall'), 'shorter | count to 40 every 20 ms | too early');
  });

  test('answers again when asked to regenerate, in place of the first answer', async () => {
    const tab = new Tab();
    await tab.ask('red');
    await tab.ask('count to 3');
    await tab.chat.regenerate();
    assert.deepEqual(numbers(tab.answer()), upTo(3));
    assert.equal(tab.chat.messages.length, 4);
    assert.equal(await tab.ask('recall'), 'red | count to 3');
    const { messages } = await stored(tab.session, tab.user);
    assert.deepEqual(messages.map(message => message.id), tab.chat.messages.map(message => message.id));
  });

  test('regenerates an earlier answer, and forgets what came after it', async () => {
    const tab = new Tab();
    await tab.ask('red');
    const first = tab.message()!;
    await tab.ask('green');
    await tab.chat.regenerate({ messageId: first.id });
    assert.equal(tab.answer(), 'You said: red');
    assert.equal(await tab.ask('recall'), 'red');
  });

  test('regenerates an answer when the client sends all messages as the SDK does by itself', async () => {
    const tab = new Tab({}, undefined);
    await tab.ask('red');
    await tab.ask('green');
    await tab.chat.regenerate();
    assert.equal(tab.answer(), 'You said: green');
    assert.equal(await tab.ask('recall'), 'red | green');
  });

  test('answers an edited message, and forgets what came after it', async () => {
    const tab = new Tab();
    await tab.ask('red');
    await tab.ask('green');
    const edited = tab.chat.messages.findLast(message => message.role === 'user')!;
    await tab.ask('blue');
    await tab.chat.sendMessage({ text: 'yellow', messageId: edited.id });
    assert.equal(tab.answer(), 'You said: yellow');
    assert.equal(tab.chat.messages.length, 4);
    assert.equal(await tab.ask('recall'), 'red | yellow');
    const { messages } = await stored(tab.session, tab.user);
    assert.deepEqual(messages.map(textOf), ['red', 'You said: red', 'yellow', 'You said: yellow', 'recall', 'red | yellow']);
  });

  test('answers a message edited twice with the newest text', async () => {
    const tab = new Tab();
    await tab.ask('red');
    const { id } = tab.chat.messages[0]!;
    await tab.chat.sendMessage({ text: 'green', messageId: id });
    await tab.chat.sendMessage({ text: 'blue', messageId: id });
    assert.equal(tab.answer(), 'You said: blue');
    assert.equal(await tab.ask('recall'), 'blue');
  });

  test('runs a message once that is sent twice while it is answered', async () => {
    const socket = await RawSocket.open();
    const first = sendFrame(newSession(), 'count to 30 every 30 ms');
    const second = { ...first, requestId: crypto.randomUUID() as string };
    socket.send(first);
    await until('the first numbers', () => numbers(socket.text(first.requestId)).length > 3);
    assert.equal((await socket.ask(second)).type, 'end');
    assert.equal((await socket.end(first.requestId)).type, 'end');
    assert.deepEqual(numbers(socket.text(first.requestId)), upTo(30));
    assert.deepEqual(numbers(socket.text(second.requestId)), upTo(30));
    assert.deepEqual(socket.wire.chunks(second.requestId)[0], socket.wire.chunks(first.requestId)[0]);
  });

  test('gives the same answer to a message that is sent again after its end, also from another connection', async () => {
    const tab = new Tab();
    await tab.ask('red');
    const socket = await RawSocket.open(tab.user);
    const again = sendFrame(tab.session, 'red', { messages: [tab.chat.messages[0]] });
    assert.equal((await socket.ask(again)).type, 'end');
    assert.equal(socket.text(again.requestId), 'You said: red');
    assert.equal((socket.wire.chunks(again.requestId)[0] as { messageId: string }).messageId, tab.message()!.id);
    assert.equal(await tab.ask('recall'), 'red');
  });

  test('refuses a second message while the first is answered, and the first goes on', async () => {
    const tab = new Tab();
    const first = tab.ask('count to 60 every 20 ms');
    await tab.counted(3);
    const socket = await RawSocket.open(tab.user);
    const refused = await socket.ask(sendFrame(tab.session, 'me too'));
    assert.equal(refused.type, 'error');
    assert.match(refused.errorText!, /\w+ \w+/);
    assert.deepEqual(numbers(await first), upTo(60));
    assert.equal(await tab.ask('recall'), 'count to 60 every 20 ms');
  });
});
