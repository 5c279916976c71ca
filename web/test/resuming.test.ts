// The resuming socket under the real AI SDK client, against a running system, on a line that fails in every way that
// lines do. `useChat` must notice nothing of it.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, test } from 'node:test';
import { Chat } from '@ai-sdk/react';
import type { UIMessage } from 'ai';
import { assertUnnoticed, tabOn } from './resuming-support.ts';
import { closeAndVerify, Line, newSession, newUser, numbers, stored, system, Tab, textOf, tokenOf, until, upTo } from './support.ts';

describe('an answer on a line that fails', system, () => {
  afterEach(closeAndVerify);

  test('again and again is exactly right', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line);
    const answer = tab.ask('count to 300 every 60 ms');
    let drops = 0;
    while (drops < 50) {
      await until('a link', () => tab.sockets.at(-1)?.readyState === WebSocket.OPEN);
      const link = tab.sockets.at(-1)!;
      await pause(Math.random() * 100);
      if (tab.chat.status === 'ready') {
        // A busy machine does not manage fifty in the time of the answer.
        break;
      }
      line.cut();
      drops++;
      await until('the loss to be noticed', () => link.readyState === WebSocket.CLOSED);
    }
    await answer;
    assert.ok(drops >= 10, `${drops} drops`);
    await assertUnnoticed(tab, statuses, 300);
  });

  test('in the middle of a handshake, several times, is exactly right', async () => {
    const line = await Line.open();
    line.refuse(3);
    const { tab, statuses } = tabOn(line);
    const answer = tab.ask('count to 60 every 20 ms');
    await tab.counted(5);
    line.refuse(3);
    line.cut();
    await answer;
    await assertUnnoticed(tab, statuses, 60);
    assert.ok(tab.sockets.length >= 8);
  });

  for (const [what, delayMs] of [['with the message', 0], ['just after the message', 5], ['while the answer begins', 60]] as const) {
    test(`${what} is given once`, async () => {
      const line = await Line.open();
      const { tab, statuses } = tabOn(line);
      let cuts = 0;
      tab.onSend = frame => {
        if (frame.type === 'send' && cuts++ < 2) {
          setTimeout(() => line.cut(), delayMs);
        }
      };
      await tab.ask('count to 40 every 10 ms');
      await assertUnnoticed(tab, statuses, 40);
      const { messages } = await stored(tab.session, tab.user);
      assert.equal(messages.length, 2);
    });
  }

  test('between its last chunk and its end is over at once', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line);
    tab.losesFrame = frame => frame.type === 'end';
    await tab.ask('count to 20');
    await assertUnnoticed(tab, statuses, 20);
    assert.equal(tab.out.filter(frame => frame.type === 'resume').length, 0);
    tab.losesFrame = undefined;
    assert.equal(await tab.ask('recall'), 'count to 20');
  });

  for (const type of ['start', 'start-step', 'text-start', 'text-end', 'finish-step', 'finish'] as const) {
    test(`in place of its chunk ${type} is exactly right`, async () => {
      const line = await Line.open();
      const { tab, statuses } = tabOn(line);
      let losses = 0;
      tab.losesFrame = frame => frame.chunk?.type === type && losses++ < 2;
      await tab.ask('think first\ncount to 20');
      await assertUnnoticed(tab, statuses, 20);
      assert.equal(losses >= 2, true);
    });
  }

  test('without a word, as if all were well, is noticed by the ping', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { pingEveryMs: 400, pongWithinMs: 400, connectWithinMs: 1_000 });
    const answer = tab.ask('count to 100 every 20 ms');
    await tab.counted(10);
    line.silence();
    await until('the dead link to be noticed', () => tab.states.includes('reconnecting'), () => tab.log, 3_000);
    line.speak();
    await answer;
    await assertUnnoticed(tab, statuses, 100);
  });

  test('because the server is away for five seconds is exactly right', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { offlineAfterMs: 2_000 });
    const answer = tab.ask('count to 150 every 20 ms');
    await tab.counted(10);
    await line.down();
    await pause(5_000);
    assert.equal(tab.states.at(-1), 'offline');
    assert.equal(tab.chat.status, 'streaming');
    await line.up();
    await answer;
    await assertUnnoticed(tab, statuses, 150);
    assert.deepEqual(tab.states, ['connecting', 'online', 'reconnecting', 'offline', 'online']);
  });

  test('and whose token has expired meanwhile is resumed with a new one', async () => {
    const line = await Line.open();
    let asked = 0;
    const user = newUser();
    const params = async () => {
      asked++;
      if (asked === 3) {
        throw new Error('the token server is away');
      }
      return { token: asked === 2 || asked === 4 ? 'expired' : await tokenOf(user) };
    };
    const { tab, statuses } = tabOn(line, { params }, { session: newSession(), user });
    const answer = tab.ask('count to 60 every 20 ms');
    await tab.counted(5);
    line.cut();
    await answer;
    await assertUnnoticed(tab, statuses, 60);
    assert.equal(asked, 5);
  });

  test('is one of two at once, and both are exactly right', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line);
    const other = new Chat<UIMessage>({ id: newSession(), transport: tab.transport });
    const answers = [tab.ask('count to 80 every 20 ms'), other.sendMessage({ text: 'count to 100 every 20 ms' })];
    for (let i = 0; i < 8; i++) {
      await pause(100 + Math.random() * 200);
      line.cut();
    }
    await Promise.all(answers);
    await assertUnnoticed(tab, statuses, 80);
    assert.equal(other.status, 'ready');
    assert.deepEqual(numbers(textOf(other.lastMessage)), upTo(100));
  });

  test('while the page resumes it is exactly right', async () => {
    const line = await Line.open();
    const before = new Tab();
    void before.chat.sendMessage({ text: 'think first\ncount to 120 every 20 ms' });
    await before.counted(20);
    before.close();
    const { tab, statuses } = tabOn(line, {}, before);
    line.refuse(1);
    const resumed = tab.chat.resumeStream();
    for (let i = 0; i < 8; i++) {
      await pause(Math.random() * 300);
      line.cut();
    }
    await resumed;
    await assertUnnoticed(tab, statuses, 120);
  });

  test('takes messages that are sent meanwhile, and answers them when it is back', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line);
    await tab.ask('count to 3');
    await line.down();
    await until('the loss to be noticed', () => tab.states.at(-1) === 'reconnecting');
    const answer = tab.ask('count to 30');
    await pause(300);
    assert.equal(tab.chat.status, 'submitted');
    await line.up();
    await answer;
    await assertUnnoticed(tab, statuses, 30);
  });

  test('before it was ever reached is answered when it is there', async () => {
    const line = await Line.open();
    await line.down();
    const { tab, statuses } = tabOn(line);
    const answer = tab.ask('count to 30');
    await until('some attempts', () => tab.sockets.length >= 3);
    assert.equal(tab.chat.status, 'submitted');
    await line.up();
    await answer;
    await assertUnnoticed(tab, statuses, 30);
  });
});
