// The demo page in a real browser, where there is one.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { browserIsMissing, openBrowser, pressEnter } from './browser.ts';
import { HOLDFAST_URL, newUser, numbers, upTo } from './support.ts';

describe('the page', { skip: browserIsMissing() }, () => {
  let browser: BrowserContext;
  let close: () => Promise<void>;
  const faults: string[] = [];

  before(async () => {
    ({ browser, close } = await openBrowser());
    browser.on('weberror', error => faults.push(String(error.error())));
  });

  afterEach(() => assert.deepEqual(faults.splice(0), []));

  after(() => close?.());

  /** Opens the page in a new tab. */
  async function open(address = '/'): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(HOLDFAST_URL + address);
    return page;
  }

  async function signIn(page: Page, user = newUser()): Promise<void> {
    await page.getByLabel('Your name').fill(user);
    await page.getByRole('button', { name: 'Start' }).click();
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel('Message').fill(text);
    await pressEnter(page);
  }

  const answer = (page: Page) => page.locator('li.assistant').last();

  async function counted(page: Page, n: number): Promise<void> {
    await answer(page).getByText(new RegExp(`\\b${n}\\b`)).waitFor();
  }

  async function numbersOf(page: Page): Promise<number[]> {
    return numbers(await answer(page).locator('p').last().innerText());
  }

  test('signs in, sends, and shows the answer', async () => {
    const page = await open();
    await signIn(page);
    await say(page, 'count to 5');
    await counted(page, 5);
    assert.deepEqual(await numbersOf(page), upTo(5));
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.close();
  });

  test('shows the whole answer after a reload in its middle, and what was said before', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'New conversation' }).click();
    await say(page, 'hello');
    await page.getByText('You said: hello').waitFor();
    await say(page, 'count to 200 every 20 ms');
    await counted(page, 30);
    await page.reload();
    await counted(page, 200);
    assert.deepEqual(await numbersOf(page), upTo(200));
    assert.deepEqual(await page.locator('li.user p').allInnerTexts(), ['hello', 'count to 200 every 20 ms']);
    assert.equal(await page.locator('li.assistant').count(), 2);
    await page.close();
  });

  test('shows in a second tab what the first asks, live, and the other way round', async () => {
    const one = await open();
    await one.getByRole('button', { name: 'New conversation' }).click();
    const two = await open(`/${new URL(one.url()).hash}`);
    await two.getByText('Connected', { exact: true }).waitFor();
    await say(one, 'count to 150 every 20 ms');
    await counted(two, 20);
    assert.equal(await one.getByRole('button', { name: 'Stop' }).count(), 1, 'while the answer is on its way');
    assert.deepEqual(await two.locator('li.user p').allInnerTexts(), ['count to 150 every 20 ms']);
    await counted(one, 150);
    await counted(two, 150);
    await two.getByRole('button', { name: 'Send' }).waitFor();
    await say(two, 'hello');
    await one.getByText('You said: hello').waitFor();
    for (const page of [one, two]) {
      assert.deepEqual(await page.locator('li.user p').allInnerTexts(), ['count to 150 every 20 ms', 'hello']);
      assert.equal(await page.locator('li.assistant').count(), 2);
      assert.equal(await page.getByRole('alert').count(), 0);
    }
    await one.close();
    await two.close();
  });

  test('shows a running answer in a second tab, and stops it in both', async () => {
    const one = await open();
    await one.getByRole('button', { name: 'New conversation' }).click();
    await say(one, 'count to 1000 every 20 ms');
    await counted(one, 10);
    const two = await open(`/${new URL(one.url()).hash}`);
    await counted(two, 20);
    await two.getByRole('button', { name: 'Stop' }).click();
    for (const page of [one, two]) {
      await page.getByRole('button', { name: 'Send' }).waitFor();
      const said = await numbersOf(page);
      assert.deepEqual(said, upTo(said.length));
      assert.ok(said.length < 500, `${said.length} numbers`);
    }
    await one.close();
    await two.close();
  });

  /** Puts sockets in the place of the browser's that the test can cut, and keep from connecting. */
  async function holdSockets(page: Page): Promise<void> {
    await page.evaluate(() => {
      const sockets: WebSocket[] = [];
      const held = { sockets, down: false };
      Object.assign(window, { held });
      const Socket = window.WebSocket;
      window.WebSocket = class extends Socket {
        constructor(url: string | URL, protocols?: string | string[]) {
          if (held.down) {
            throw new Error('no network');
          }
          super(url, protocols);
          sockets.push(this);
        }
      };
    });
  }

  /** Cuts the page's sockets; new ones come about only if it is not down. */
  async function cut(page: Page, down: boolean): Promise<void> {
    await page.evaluate(down => {
      const { held } = window as unknown as { held: { sockets: WebSocket[]; down: boolean } };
      held.down = down;
      held.sockets.splice(0).forEach(socket => socket.close());
    }, down);
  }

  test('gets back to the answer by itself when the connection drops, again and again', async () => {
    const page = await open();
    await holdSockets(page);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await say(page, 'count to 200 every 20 ms');
    for (const seen of [20, 60, 100, 140]) {
      await counted(page, seen);
      await cut(page, false);
    }
    await counted(page, 200);
    assert.deepEqual(await numbersOf(page), upTo(200));
    assert.equal(await page.locator('li.assistant').count(), 1);
    assert.equal(await page.getByRole('alert').count(), 0);
    await page.close();
  });

  test('says how the connection is, and sends what was said meanwhile when it is back', async () => {
    const page = await open();
    await holdSockets(page);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await say(page, 'count to 150 every 20 ms');
    await counted(page, 20);
    await cut(page, true);
    await page.getByText('Connection lost. Reconnecting…').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Stop' }).count(), 1, 'the answer is not over');
    await page.getByText('Offline.').waitFor();
    await cut(page, false);
    await page.getByText('Connected', { exact: true }).waitFor();
    await counted(page, 150);
    assert.deepEqual(await numbersOf(page), upTo(150));
    await cut(page, true);
    await say(page, 'hello');
    await page.getByText('The answer is on its way').waitFor({ state: 'attached' });
    await cut(page, false);
    await page.getByText('You said: hello').waitFor();
    assert.equal(await page.locator('li.assistant').count(), 2);
    await page.close();
  });

  test('shows the whole conversation when it went on in another tab meanwhile', async () => {
    const one = await open();
    await holdSockets(one);
    await one.getByRole('button', { name: 'New conversation' }).click();
    await say(one, 'count to 1000 every 20 ms');
    await counted(one, 60);
    await cut(one, true);
    const two = await open(`/${new URL(one.url()).hash}`);
    await counted(two, 70);
    await two.getByRole('button', { name: 'Stop' }).click();
    await say(two, 'hello');
    await two.getByText('You said: hello').waitFor();
    await cut(one, false);
    await one.getByText('You said: hello').waitFor();
    assert.equal(await one.locator('li').filter({ has: one.locator('p') }).count(), 4);
    assert.equal(await one.getByRole('alert').count(), 0);
    await one.close();
    await two.close();
  });

  test('says in words what went wrong, and offers to try again', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'New conversation' }).click();
    await say(page, 'fail validation');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /\w+ \w+/);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor();
    await say(page, 'hello');
    await page.getByText('You said: hello').waitFor();
    assert.equal(await alert.count(), 0);
    await page.close();
  });

  test('shows the reasoning when asked for it', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'New conversation' }).click();
    await say(page, 'hello');
    await page.getByText('You said: hello').waitFor();
    await page.getByLabel('Message').fill('think first');
    await page.getByLabel('Message').press('Shift+Enter');
    await page.getByLabel('Message').pressSequentially('count to 3');
    await pressEnter(page);
    await counted(page, 3);
    const reasoning = answer(page).locator('details p');
    assert.equal(await reasoning.isVisible(), false);
    await answer(page).getByText('Reasoning').click();
    assert.notEqual((await reasoning.innerText()).trim(), '');
    await page.close();
  });
});
