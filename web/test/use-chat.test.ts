// `useChat` itself, in React's strict mode and a real browser: what it sends to the server by itself.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { browserIsMissing, openBrowser } from './browser.ts';
import { closeAndVerify, HOLDFAST_URL, numbers, Tab, until, upTo } from './support.ts';

/** A component on the stock transport and the resuming socket, as an app would write it. */
const APP = `
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useChat } from '@ai-sdk/react';
import { WebSocketChatTransport } from 'ai';
import { lastMessageOnly, ResumingWebSocket } from '../src/index.ts';

const { session, token } = window.given;
const sent = (window.sent = []);
class Watched extends WebSocket {
  send(text) {
    sent.push(JSON.parse(text).type);
    super.send(text);
  }
}
window.sockets = [];
const transport = new WebSocketChatTransport({
  url: '/ws',
  webSocket: ResumingWebSocket.with({
    params: { token },
    webSocket: class extends Watched {
      constructor(url, protocols) {
        super(url, protocols);
        window.sockets.push(this);
      }
    },
  }),
  prepareSendMessagesRequest: lastMessageOnly,
});
const statuses = (window.statuses = []);

function Conversation({ resume }) {
  const { messages, status, error, sendMessage, stop } = useChat({ id: session, transport, resume });
  statuses.push(status);
  const text = messages.at(-1)?.parts.map(part => part.text ?? '').join('') ?? '';
  return (
    <>
      <p id="status">{status}</p>
      <p id="error">{error?.message}</p>
      <p id="text">{text}</p>
      <button onClick={() => sendMessage({ text: 'count to 120 every 20 ms' })}>Ask</button>
      <button onClick={stop}>Halt</button>
    </>
  );
}

document.body.innerHTML = '<div id="root"></div>';
createRoot(document.getElementById('root')).render(<StrictMode><Conversation resume={window.given.resume} /></StrictMode>);
`;

describe('useChat', { skip: browserIsMissing() }, () => {
  let browser: BrowserContext;
  let close: () => Promise<void>;
  let script: string;

  before(async () => {
    ({ browser, close } = await openBrowser());
    const { outputFiles } = await build({
      stdin: { contents: APP, resolveDir: import.meta.dirname, loader: 'tsx' },
      bundle: true,
      write: false,
      format: 'iife',
      jsx: 'automatic',
      // Strict mode does its worst only here.
      define: { 'process.env.NODE_ENV': '"development"' },
    });
    script = outputFiles[0]!.text;
  });

  afterEach(closeAndVerify);

  after(() => close?.());

  async function mount(tab: Tab, token: string, resume: boolean): Promise<Page> {
    const page = await browser.newPage();
    // Any page of the same origin that runs nothing of its own.
    await page.goto(`${HOLDFAST_URL}/local/endpoints`);
    await page.evaluate(given => Object.assign(window, { given }), { session: tab.session, token, resume });
    await page.addScriptTag({ content: script });
    return page;
  }

  const textOn = async (page: Page) => numbers(await page.locator('#text').innerText());
  const framesOf = (page: Page) => page.evaluate(() => (window as unknown as { sent: string[] }).sent.filter(type => type !== 'ping'));

  test('that resumes in strict mode does not stop the answer', async () => {
    const writer = new Tab();
    const answer = writer.ask('count to 120 every 20 ms');
    await writer.counted(10);
    const page = await mount(writer, await writer.token(), true);
    assert.deepEqual(numbers(await answer), upTo(120));
    await until('the whole answer', async () => (await textOn(page)).length === 120, () => textOn(page));
    assert.ok(!(await framesOf(page)).includes('abort'));
    assert.equal(await page.locator('#status').innerText(), 'ready');
    await page.close();
  });

  test('on a line that is cut again and again shows no error', async () => {
    const tab = new Tab();
    const page = await mount(tab, await tab.token(), false);
    await page.getByRole('button', { name: 'Ask' }).click();
    for (let seen = 5; seen <= 105; seen += 10) {
      await until(`${seen} numbers`, async () => (await textOn(page)).length >= seen, () => textOn(page));
      await page.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.splice(0).forEach(socket => socket.close()));
    }
    await until('the end', async () => (await page.locator('#status').innerText()) === 'ready');
    assert.deepEqual(await textOn(page), upTo(120));
    const statuses = await page.evaluate(() => (window as unknown as { statuses: string[] }).statuses);
    assert.deepEqual(new Set(statuses), new Set(['ready', 'submitted', 'streaming']));
    assert.equal(await page.locator('#error').innerText(), '');
    await page.close();
  });

  test('stops when it is told to', async () => {
    const tab = new Tab();
    const page = await mount(tab, await tab.token(), false);
    await page.getByRole('button', { name: 'Ask' }).click();
    await until('some numbers', async () => (await textOn(page)).length > 5);
    const watcher = new Tab(tab);
    void watcher.chat.resumeStream();
    await watcher.counted(7);
    await page.getByRole('button', { name: 'Halt' }).click();
    await watcher.chunk('abort');
    assert.deepEqual(await framesOf(page), ['send', 'abort']);
    await page.close();
  });
});
