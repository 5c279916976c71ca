// The AI SDK's transport over HTTP: by itself it reads one window of a stream and does not come back, with `joinWindows` all.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { joinWindows, type JoinWindowsOptions } from '../src/http/join-windows.ts';
import { callsOf, closeAndVerify, HOLDFAST_URL, http, Line, newSession, newUser, numbers, request, stored, system, textOf, tokenOf, until, upTo, userMessage } from './support.ts';
import { lines, plain, states, TRANSFER } from './tools-support.ts';

describe('reconnectToStream of DefaultChatTransport', system, () => {
  /** A chat that shows what is stored, as after a reload. */
  async function reload(user: string, session: string): Promise<Chat<UIMessage>> {
    const headers = async () => ({ authorization: `Bearer ${await tokenOf(user)}` });
    return new Chat<UIMessage>({
      id: session,
      messages: (await stored(session, user)).messages,
      transport: new DefaultChatTransport({
        headers,
        prepareReconnectToStreamRequest: ({ id }) => ({ api: `${HOLDFAST_URL}/sessions/${encodeURIComponent(id)}/stream` }),
      }),
    });
  }

  async function say(user: string, session: string, text: string, wait: number): Promise<void> {
    const { status, body } = await http('POST', `/sessions/${session}/messages?wait=${wait}`, user, { message: userMessage(text) });
    assert.ok(status === 200 || status === 202, JSON.stringify(body));
  }

  async function resume(chat: Chat<UIMessage>): Promise<void> {
    await chat.resumeStream();
    assert.equal(chat.status, 'ready', String(chat.error));
  }

  test('shows a turn that has ended whole, in its place', async () => {
    const [user, session] = [newUser(), newSession()];
    await say(user, session, 'think first\ncount to 60', 25);
    const chat = await reload(user, session);
    chat.messages = chat.messages.slice(0, 1);
    await resume(chat);
    assert.deepEqual(plain(chat.messages), plain((await stored(session, user)).messages));
    await resume(chat);
    assert.equal(chat.messages.length, 2, 'not twice');
  });

  test('finds nothing where nothing has been said', async () => {
    const user = newUser();
    const { body } = await http('POST', '/sessions', user, {});
    const chat = await reload(user, body.id);
    await resume(chat);
    assert.deepEqual(chat.messages, []);
  });

  test('shows what is asked of a human', async () => {
    const [user, session] = [newUser(), newSession()];
    await say(user, session, TRANSFER, 25);
    const chat = await reload(user, session);
    await resume(chat);
    assert.deepEqual(states(callsOf(chat.messages.at(-1))), ['transfer approval-requested']);
  });

  test('shows the beginning of a turn that runs, and all of it when it is asked again after the end', async () => {
    const [user, session] = [newUser(), newSession()];
    await say(user, session, 'count to 60 every 100 ms', 0);
    const chat = await reload(user, session);
    await resume(chat);
    const said = numbers(textOf(chat.messages.at(-1)));
    assert.deepEqual(said, upTo(said.length));
    assert.ok(said.length < 60, 'one window is not all of it');
    const { turnId } = chat.messages.at(-1)!.metadata as { turnId: string };
    await until('the end', async () => (await http('GET', `/turns/${turnId}`, user)).body.status === 'completed');
    await resume(chat);
    assert.deepEqual(plain(chat.messages), plain((await stored(session, user)).messages));
  });
});

describe('a chat over HTTP with joinWindows', system, () => {
  afterEach(closeAndVerify);

  type Of = { user: string; session?: string; messages?: UIMessage[]; url?: string; options?: JoinWindowsOptions };

  function chatOf({ user, session = newSession(), messages = [], url = HOLDFAST_URL, options = {} }: Of): Chat<UIMessage> {
    return new Chat<UIMessage>({
      id: session,
      messages,
      transport: new DefaultChatTransport({
        fetch: joinWindows({ headers: async () => ({ authorization: `Bearer ${await tokenOf(user)}` }), ...options }),
        prepareSendMessagesRequest: ({ id, messages: all }) => ({ api: `${url}/sessions/${encodeURIComponent(id)}/messages`, body: { message: all.at(-1) } }),
        prepareReconnectToStreamRequest: ({ id }) => ({ api: `${url}/sessions/${encodeURIComponent(id)}/stream` }),
      }),
    });
  }

  const shown = (chat: Chat<UIMessage>) => numbers(textOf(chat.messages.at(-1)));

  async function assertWhole(chat: Chat<UIMessage>, user: string): Promise<void> {
    assert.equal(chat.status, 'ready', String(chat.error));
    assert.deepEqual(plain(chat.messages), plain((await stored(chat.id, user)).messages));
  }

  test('sends, and shows the whole answer while it comes', async () => {
    const user = newUser();
    const chat = chatOf({ user });
    const answer = chat.sendMessage({ text: 'think first\ncount to 60 every 100 ms' });
    await until('a part of the answer', () => shown(chat).length > 0 && shown(chat).length < 60, () => chat.messages);
    await answer;
    assert.deepEqual(shown(chat), upTo(60));
    await assertWhole(chat, user);
    await chat.sendMessage({ text: 'recall' });
    assert.equal(textOf(chat.messages.at(-1)), 'think first\ncount to 60 every 100 ms');
    await assertWhole(chat, user);
  });

  test('shows all of an answer after a reload in its middle', async () => {
    const user = newUser();
    const before = chatOf({ user });
    const leave = before.sendMessage({ text: 'count to 60 every 100 ms' });
    await until('a part of the answer', () => shown(before).length > 5, () => before.messages);
    await before.stop();
    await leave;
    const { messages } = await stored(before.id, user);
    const after = chatOf({ user, session: before.id, messages });
    await after.resumeStream();
    assert.deepEqual(shown(after), upTo(60));
    await assertWhole(after, user);
    await after.resumeStream();
    assert.equal(after.messages.length, 2, 'not twice');
  });

  test('ends its request where a human is asked, and goes on after the answer', async () => {
    const user = newUser();
    const chat = chatOf({ user });
    await chat.sendMessage({ text: lines('count to 3', TRANSFER, 'then', 'count to 30 every 20 ms') });
    assert.equal(chat.status, 'ready', String(chat.error));
    assert.deepEqual(states(callsOf(chat.messages.at(-1))), ['transfer approval-requested']);
    const { turnId } = chat.messages.at(-1)!.metadata as { turnId: string };
    const [call] = (await http('GET', `/turns/${turnId}`, user)).body.calls;
    assert.equal((await http('POST', `/turns/${turnId}/approvals/${call.approvalId}`, user, { approved: true })).status, 200);
    await chat.resumeStream();
    assert.deepEqual(states(callsOf(chat.messages.at(-1))), ['transfer output-available']);
    await assertWhole(chat, user);
  });

  test('shows the whole answer on a line that breaks again and again', async () => {
    const user = newUser();
    const line = await Line.open();
    // Some break before a window comes, some in its middle. All together they bring less than the answer has.
    const breaks = Array.from({ length: 8 }, () => 1 + Math.floor(Math.random() * 1_000));
    const sendWhole: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (init?.method !== 'POST') {
        return answer;
      }
      // The message itself goes once: whether it came, the caller learns from its answer.
      const { status, headers } = answer;
      const body = await answer.text();
      line.breakAfter(breaks);
      return new Response(body, { status, headers });
    };
    const chat = chatOf({ user, url: line.url, options: { fetch: sendWhole, firstRetryMs: 20 } });
    await chat.sendMessage({ text: 'count to 150 every 20 ms' });
    assert.equal(line.breaksLeft, 0);
    assert.deepEqual(shown(chat), upTo(150));
    await assertWhole(chat, user);
  });

  test('says in words that the token is no longer good', async () => {
    const user = newUser();
    let good = true;
    const headers = async () => ({ authorization: `Bearer ${good ? await tokenOf(user) : 'expired'}` });
    const chat = chatOf({ user, options: { headers } });
    const answer = chat.sendMessage({ text: 'count to 100 every 40 ms' });
    await until('a part of the answer', () => shown(chat).length > 0, () => chat.messages);
    good = false;
    await answer;
    assert.equal(chat.status, 'error');
    assert.match(String(chat.error), /The stream answered 401: .*token/);
    good = true;
    await chat.resumeStream();
    assert.deepEqual(shown(chat), upTo(100));
    assert.equal((await request('GET', `/sessions/${chat.id}`, { headers: await headers() })).status, 200);
  });
});
