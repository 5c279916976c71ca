// The fetch that joins windows, before a server that plays one answer after the other.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinWindows, type JoinWindowsOptions } from '../src/http/join-windows.ts';
import { until } from './support.ts';

type Asked = { method: string; url: string; headers: Record<string, string>; body: string };
type Play = (asked: Asked, signal: AbortSignal) => Response | Promise<Response>;

const URL_OF_STREAM = 'https://api.example/v1/turns/turn_1/stream';

/** A server's answers, in their order; one that is asked more often fails the test. */
function server(...plays: Play[]) {
  const asked: Asked[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const one = { method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: await request.text() };
    asked.push(one);
    const play = plays[asked.length - 1];
    assert.ok(play, `asked ${asked.length} times`);
    return play(one, request.signal);
  };
  const joining = (options: JoinWindowsOptions = {}) => joinWindows({ fetch, firstRetryMs: 1, longestRetryMs: 4, ...options });
  return { asked, joining };
}

const STREAM = { 'content-type': 'text/event-stream', 'x-vercel-ai-ui-message-stream': 'v1' };

const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `id: ${from + i}\ndata: {"n":${from + i}}\n\n`).join('');

const window = (text: string): Play => () => new Response(`retry: 1\n\n${text}`, { headers: STREAM });

/** A window whose connection is lost after this text. */
const cut = (text: string): Play => () => {
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) {
        controller.error(new TypeError('terminated'));
      } else {
        sent = true;
        controller.enqueue(new TextEncoder().encode(`retry: 1\n\n${text}`));
      }
    },
  });
  return new Response(body, { headers: STREAM });
};

const answer = (status: number, body: unknown = { detail: 'words' }, headers: Record<string, string> = {}): Play => () =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const lost: Play = () => Promise.reject(new TypeError('fetch failed'));

const DONE = 'data: [DONE]\n\n';

const cursors = (asked: Asked[]) => asked.map(({ headers }) => headers['last-event-id']);

describe('windows that are joined', () => {
  test('are one stream, in its order, that ends with [DONE]', async () => {
    const { asked, joining } = server(window(events(0, 2)), window(': nothing new\n\n'), window(events(3, 3)), window(events(4, 5) + DONE));
    const response = await joining()(URL_OF_STREAM, { headers: { authorization: 'Bearer t' } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-vercel-ai-ui-message-stream'), 'v1');
    assert.equal(await response.text(), events(0, 5) + DONE);
    assert.deepEqual(cursors(asked), [undefined, '2', '2', '3']);
    assert.deepEqual(asked.map(({ url, headers }) => [url, headers.authorization]), asked.map(() => [URL_OF_STREAM, 'Bearer t']));
  });

  test('end with 204, and when a human is asked', async () => {
    for (const last of [answer(204), window(': waits for a human\n\n')]) {
      const { joining } = server(window(events(0, 1)), last);
      assert.equal(await (await joining()(URL_OF_STREAM)).text(), events(0, 1));
    }
  });

  test('go on behind the last event that has come whole, wherever the line is cut', async () => {
    const all = events(0, 2) + DONE;
    for (let at = 0; at < all.length; at++) {
      const whole = all.slice(0, all.slice(0, at).lastIndexOf('\n\n') + 2).match(/id: /g)?.length ?? 0;
      const { asked, joining } = server(cut(all.slice(0, at)), window(events(whole, 2) + DONE));
      assert.equal(await (await joining()(URL_OF_STREAM)).text(), all, `cut at ${at}`);
      assert.deepEqual(cursors(asked), [undefined, whole === 0 ? undefined : String(whole - 1)], `cut at ${at}`);
    }
  });

  test('are asked again while the way to them is the fault', async () => {
    const { asked, joining } = server(window(events(0, 0)), lost, answer(503), answer(429, {}, { 'retry-after': '0' }), answer(502), window(events(1, 1) + DONE));
    assert.equal(await (await joining()(URL_OF_STREAM)).text(), events(0, 1) + DONE);
    assert.deepEqual(cursors(asked), [undefined, '0', '0', '0', '0', '0']);
  });

  test('wait as long as 429 says', async () => {
    const { joining } = server(window(events(0, 0)), answer(429, {}, { 'retry-after': '1' }), window(DONE));
    const begin = performance.now();
    await (await joining()(URL_OF_STREAM)).text();
    assert.ok(performance.now() - begin >= 990);
  });

  test('are given up with the last fault, when that was said', async () => {
    const { joining } = server(window(events(0, 0)), ...Array.from({ length: 50 }, () => answer(503, { detail: 'too much' })));
    const response = await joining({ giveUpAfterMs: 20 })(URL_OF_STREAM);
    await assert.rejects(response.text(), /503.*too much/);
    const { joining: other } = server(...Array.from({ length: 50 }, () => cut('')));
    await assert.rejects((await other({ giveUpAfterMs: 20 })(URL_OF_STREAM)).text(), /terminated/);
  });

  test('end in words with what cannot be tried again', async () => {
    for (const status of [400, 401, 403, 404, 410]) {
      const { asked, joining } = server(window(events(0, 0)), answer(status, { detail: `no ${status}` }));
      const response = await joining()(URL_OF_STREAM);
      await assert.rejects(response.text(), new RegExp(`${status}.*no ${status}`));
      assert.equal(asked.length, 2);
    }
  });

  test('are asked for with headers of their time', async () => {
    let n = 0;
    const { asked, joining } = server(window(events(0, 0)), window(DONE));
    const headers = async () => ({ authorization: `Bearer ${++n}` });
    await (await joining({ headers })(URL_OF_STREAM, { headers: { authorization: 'Bearer old', 'x-own': 'kept' } })).text();
    assert.deepEqual(asked.map(({ headers: { authorization, 'x-own': own } }) => [authorization, own]), [['Bearer 1', 'kept'], ['Bearer 2', 'kept']]);
  });
});

describe('the answer to a message', () => {
  const body = { turnId: 'turn_1', streamUrl: '/turns/turn_1/stream', lastSequence: -1 };

  for (const path of ['/sessions/s-12345678/messages', '/turns']) {
    test(`of ${path} is replaced by its stream, below the API's own path`, async () => {
      const { asked, joining } = server(answer(202, body), window(events(0, 1)), window(DONE));
      const response = await joining()(`https://api.example/v1${path}?wait=0`, { method: 'POST', body: '{"message":{}}', headers: { authorization: 'Bearer t' } });
      assert.equal(await response.text(), events(0, 1) + DONE);
      assert.deepEqual(asked.map(({ method, url, body: sent }) => [method, url, sent]), [
        ['POST', `https://api.example/v1${path}?wait=0`, '{"message":{}}'],
        ['GET', URL_OF_STREAM, ''],
        ['GET', URL_OF_STREAM, ''],
      ]);
      assert.deepEqual(asked.map(({ headers }) => headers.authorization), ['Bearer t', 'Bearer t', 'Bearer t']);
    });
  }

  test('that is none is handed on as it is', async () => {
    const others: [Play, string][] = [
      [answer(200, { id: 's' }), '{"id":"s"}'],
      [answer(200, null), 'null'],
      [answer(409, body), JSON.stringify(body)],
      [() => new Response('{', { headers: { 'content-type': 'application/json' } }), '{'],
      [() => new Response('text'), 'text'],
    ];
    for (const [play, text] of others) {
      assert.equal(await (await server(play).joining()('https://api.example/x')).text(), text);
    }
    assert.equal((await server(answer(204)).joining()(URL_OF_STREAM)).status, 204);
    await assert.rejects(server(lost).joining()(URL_OF_STREAM), /fetch failed/);
  });
});

describe('whoever stops reading', () => {
  test('is asked for nothing more, by the signal of the caller', async () => {
    const { asked, joining } = server(() => new Response(`retry: 60000\n\n${events(0, 0)}: x\n\n`, { headers: STREAM }), window(': x\n\n'), () => new Response('retry: 60000\n\n: x\n\n', { headers: STREAM }));
    const stop = new AbortController();
    const response = await joining()(URL_OF_STREAM, { signal: stop.signal });
    const text = response.text();
    await until('the long pause', () => asked.length === 3);
    stop.abort(new Error('enough'));
    await assert.rejects(text, /enough/);
    assert.equal(asked.length, 3);
  });

  test('also while a request is on its way', async () => {
    const { asked, joining } = server(window(events(0, 0)), (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
    const response = await joining()(URL_OF_STREAM);
    const reader = response.body!.getReader();
    await reader.read();
    const more = reader.read().catch(() => {});
    await until('the second request', () => asked.length === 2);
    await reader.cancel();
    await more;
    assert.equal(asked.length, 2);
  });

  test('before it begins gets nothing', async () => {
    const { joining } = server();
    await assert.rejects(joining()(URL_OF_STREAM, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });
});
