// What the resuming socket does of its own accord: it moves to a new link in time, and it tells a stop from what only
// looks like one. With the real AI SDK client, against a running system.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, test } from 'node:test';
import { assertUnnoticed, tabOn } from './resuming-support.ts';
import { closeAndVerify, Line, numbers, stored, system, Tab, textOf, until, upTo } from './support.ts';

describe('the rollover', system, () => {
  afterEach(closeAndVerify);

  test('in an answer, several times, is not noticed', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { rolloverAfterMs: 500, pingEveryMs: 200 });
    await tab.ask('count to 200 every 20 ms');
    await assertUnnoticed(tab, statuses, 200);
    assert.ok(tab.sockets.length >= 5, `${tab.sockets.length} links`);
    assert.deepEqual(tab.states, ['connecting', 'online'], 'there was always a link');
    await until('the old links to close', () => tab.sockets.filter(socket => socket.readyState < 2).length <= 2);
  });

  test('at the same time as lost connections is not noticed', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { rolloverAfterMs: 400, pingEveryMs: 200 });
    const answer = tab.ask('count to 200 every 20 ms');
    for (let i = 0; i < 10; i++) {
      const links = tab.sockets.length;
      // Just when the next link opens, or a little later.
      await until('the next link', () => tab.sockets.length > links || tab.chat.status === 'ready');
      await pause(i % 3 === 0 ? 0 : Math.random() * 30);
      line.cut();
    }
    await answer;
    await assertUnnoticed(tab, statuses, 200);
  });

  test('that fails leaves the old link in its place', async () => {
    const line = await Line.open();
    const { tab, statuses } = tabOn(line, { rolloverAfterMs: 500, longestRetryMs: 300, pingEveryMs: 200 });
    const answer = tab.ask('count to 150 every 20 ms');
    await tab.counted(3);
    line.refuse(3);
    await answer;
    await assertUnnoticed(tab, statuses, 150);
    assert.deepEqual(tab.states, ['connecting', 'online']);
    assert.ok(tab.log.filter(line => line.includes('failed')).length >= 3);
  });
});

describe('a stop', system, () => {
  afterEach(closeAndVerify);

  test('while the line is down stops the answer for everyone as soon as it is up', async () => {
    const line = await Line.open();
    const { tab } = tabOn(line);
    void tab.chat.sendMessage({ text: 'count to 1000 every 20 ms' });
    await tab.counted(10);
    const watcher = new Tab({ session: tab.session, user: tab.user });
    void watcher.chat.resumeStream();
    await watcher.counted(12);
    await line.down();
    await tab.chat.stop();
    assert.equal(tab.chat.status, 'ready');
    await watcher.counted(30);
    await line.up();
    await watcher.chunk('abort');
    assert.ok(numbers(watcher.text()).length < 500);
  });

  test('of a message that was only just sent when the line was cut', async () => {
    const line = await Line.open();
    const { tab } = tabOn(line);
    const sent = new Promise<void>(resolve => {
      tab.onSend = frame => {
        if (frame.type === 'send') {
          resolve();
        }
      };
    });
    void tab.chat.sendMessage({ text: 'count to 1000 every 20 ms' });
    await sent;
    await line.down();
    await tab.chat.stop();
    await line.up();
    await until('the stop to be confirmed', async () => {
      const later = new Tab({ session: tab.session, user: tab.user });
      await later.chat.resumeStream();
      return later.wire.frames.some(frame => frame.chunk?.type === 'abort');
    });
  });
});

describe('what is no stop', system, () => {
  afterEach(closeAndVerify);

  test('a second resume does not stop the answer, for nobody', async () => {
    const line = await Line.open();
    const writer = new Tab();
    const answer = writer.ask('count to 150 every 20 ms');
    await writer.counted(10);
    const { tab, statuses } = tabOn(line, {}, writer);
    void tab.chat.resumeStream();
    await tab.counted(20);
    void tab.chat.resumeStream();
    await pause(0);
    await tab.chat.resumeStream();
    assert.deepEqual(numbers(await answer), upTo(150));
    assert.deepEqual(numbers(tab.answer()), upTo(150));
    assert.deepEqual(new Set(statuses), new Set(['ready', 'submitted', 'streaming']));
    assert.deepEqual(tab.out.filter(frame => frame.type === 'abort'), []);
  });

  test('an answer that ends with an error is not aborted on top', async () => {
    const line = await Line.open();
    const { tab } = tabOn(line);
    await tab.chat.sendMessage({ text: 'fail validation' });
    assert.equal(tab.chat.status, 'error');
    await pause(300);
    assert.deepEqual(tab.out.map(frame => frame.type).filter(type => type !== 'ping'), ['send']);
    assert.match(await tab.ask('hello'), /hello/);
  });

  test('but a stop of a resumed answer is one', async () => {
    const line = await Line.open();
    const writer = new Tab();
    void writer.chat.sendMessage({ text: 'count to 1000 every 20 ms' });
    await writer.counted(10);
    const { tab } = tabOn(line, {}, writer);
    void tab.chat.resumeStream();
    await tab.counted(12);
    const stopped = performance.now();
    await tab.chat.stop();
    const { at } = await writer.chunk('abort');
    assert.ok(at - stopped < 1_500, `the stop took ${at - stopped} ms`);
  });
});

describe('an answer that went on elsewhere', system, () => {
  afterEach(closeAndVerify);

  test('is finished from its own turn, and nothing of another answer is mixed into it', async () => {
    const line = await Line.open();
    const { tab } = tabOn(line);
    const answer = tab.chat.sendMessage({ text: 'count to 1000 every 20 ms' });
    await tab.counted(60);
    await line.down();
    const other = new Tab({ session: tab.session, user: tab.user });
    void other.chat.resumeStream();
    await other.counted(80);
    await other.chat.stop();
    await until('the stop', async () => (await stored(tab.session, tab.user)).messages.length === 2);
    const said = textOf((await stored(tab.session, tab.user)).messages[1]);
    assert.match(await other.ask('hello'), /hello/);
    await line.up();
    await answer;
    assert.equal(tab.answer(), said);
    assert.equal(tab.out.filter(frame => frame.type === 'abort').length, 0);
  });
});
