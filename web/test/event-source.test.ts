// Streams over HTTP by the EventSource of a real browser, where there is one: it joins the windows by itself.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { browserIsMissing, openBrowser } from './browser.ts';
import { ids, textOfChunks } from './stream-support.ts';
import { closeAndVerify, http, HOLDFAST_URL, newSession, newUser, numbers, RawSocket, tokenOf, upTo, userMessage } from './support.ts';

/** What an EventSource saw until it gave up or was told to stop. */
type Seen = { events: { id: string; data: string }[]; opened: number; lost: number };

describe('an EventSource', { skip: browserIsMissing() }, () => {
  let browser: BrowserContext;
  let close: () => Promise<void>;

  before(async () => {
    ({ browser, close } = await openBrowser());
  });

  afterEach(closeAndVerify);

  after(() => close?.());

  async function say(user: string, session: string, text: string): Promise<string> {
    const { status, body } = await http('POST', `/sessions/${session}/messages`, user, { message: userMessage(text) });
    assert.equal(status, 202, JSON.stringify(body));
    return body.turnId;
  }

  /** Opens a page of the system's own, as the API allows no other: one of the local system, for the API's are told to connect nowhere. */
  async function open(): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`${HOLDFAST_URL}/local/endpoints`);
    return page;
  }

  /** Reads a stream in the page, to the end that the server sets. */
  async function read(page: Page, path: string): Promise<Seen> {
    return page.evaluate(
      url =>
        new Promise<Seen>(resolve => {
          const seen: Seen = { events: [], opened: 0, lost: 0 };
          const source = new EventSource(url);
          source.onopen = () => seen.opened++;
          source.onmessage = ({ lastEventId, data }) => seen.events.push({ id: lastEventId, data });
          source.onerror = () => {
            seen.lost++;
            if (source.readyState === EventSource.CLOSED) {
              resolve(seen);
            }
          };
        }),
      path,
    );
  }

  /** Fails unless a turn was seen whole: each chunk that the WebSocket says of it, once, in order, then the end. */
  async function assertWhole({ events, opened, lost }: Seen, user: string, session: string, turnId: string, prefix = ''): Promise<void> {
    const socket = await RawSocket.open(user);
    await socket.ask({ type: 'resume', requestId: 'r', id: session, turnId, headers: {}, body: {} } as never);
    const chunks = socket.wire.chunks('r');
    const done = events.pop()!;
    assert.deepEqual(done, { id: `${prefix}${chunks.length - 1}`, data: '[DONE]' });
    assert.deepEqual(events.map(({ data }) => JSON.parse(data)), chunks);
    assert.deepEqual(events.map(({ id }) => id), ids(chunks.length, 0, prefix));
    assert.equal(lost, opened + 1, 'it came back after each window, and was told to stop once');
  }

  test('reads a slow turn across many windows: every chunk in order, none lost, none twice', async () => {
    const [user, session] = [newUser(), newSession()];
    const page = await open();
    const turnId = await say(user, session, 'think first\ncount to 80 every 75 ms');
    const seen = await read(page, `/turns/${turnId}/stream?token=${await tokenOf(user)}`);
    assert.ok(seen.opened >= 5, `${seen.opened} windows`);
    await assertWhole(seen, user, session, turnId);
    assert.deepEqual(numbers(textOfChunks(seen.events.map(({ data }) => JSON.parse(data)))), upTo(80));
    await page.close();
  });

  test('follows a session’s latest turn to its end, in two tabs, and stops there', async () => {
    const [user, session] = [newUser(), newSession()];
    const [one, two] = [await open(), await open()];
    await say(user, session, 'count to 2');
    const turnId = await (async () => {
      for (;;) {
        const { status, body } = await http('POST', `/sessions/${session}/messages`, user, { message: userMessage('count to 60 every 50 ms') });
        if (status === 202) {
          return body.turnId as string;
        }
        assert.equal(status, 409, JSON.stringify(body));
      }
    })();
    const path = `/sessions/${session}/stream?token=${await tokenOf(user)}`;
    for (const seen of await Promise.all([read(one, path), read(two, path)])) {
      assert.ok(seen.opened >= 3, `${seen.opened} windows`);
      await assertWhole(seen, user, session, turnId, `${turnId}:`);
    }
    await one.close();
    await two.close();
  });

  test('stays through windows in which nothing is said, and begins where it is told to', async () => {
    const [user, session] = [newUser(), newSession()];
    const page = await open();
    const turnId = await say(user, session, 'count to 2 every 21000 ms');
    const token = await tokenOf(user);
    const [seen, rest] = await Promise.all([
      read(page, `/turns/${turnId}/stream?token=${token}`),
      read(page, `/turns/${turnId}/stream?after=1&token=${token}`),
    ]);
    assert.deepEqual(rest.events, seen.events.slice(2));
    assert.ok(seen.opened >= 3, `${seen.opened} windows`);
    await assertWhole(seen, user, session, turnId);
    await page.close();
  });

  test('gives up at once where there is nothing for it', async () => {
    const page = await open();
    const token = await tokenOf(newUser());
    for (const path of [`/turns/turn-12345678/stream?token=${token}`, `/sessions/${newSession()}/stream?token=${token}`, '/turns/turn-12345678/stream']) {
      assert.deepEqual(await read(page, path), { events: [], opened: 0, lost: 1 });
    }
    await page.close();
  });
});
