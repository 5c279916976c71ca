// What the AI SDK's transport over HTTP makes of a stream in windows: it reads one of them and does not come back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { callsOf, HOLDFAST_URL, http, newSession, newUser, numbers, stored, system, textOf, tokenOf, upTo, userMessage } from './support.ts';
import { plain, states, TRANSFER } from './tools-support.ts';

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
    await say(user, session, 'count to 60 every 40 ms', 0);
    const chat = await reload(user, session);
    await resume(chat);
    const said = numbers(textOf(chat.messages.at(-1)));
    assert.deepEqual(said, upTo(said.length));
    assert.ok(said.length < 60, 'one window is not all of it');
    for (let shown = 0; shown < 60; shown = numbers(textOf(chat.messages.at(-1))).length) {
      await resume(chat);
    }
    assert.deepEqual(plain(chat.messages), plain((await stored(session, user)).messages));
  });
});
