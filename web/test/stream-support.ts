// What the tests of streams over HTTP share: windows of server-sent events, read as strictly as they are written.
import assert from 'node:assert/strict';
import type { UIMessageChunk } from 'ai';
import { request, tokenOf } from './support.ts';

export type ServerEvent = { id?: string; data: string };

/** An answer of a stream: 204 has neither events nor comments. */
export type Window = { status: number; body: any; retry?: number; events: ServerEvent[]; comments: string[]; done: boolean };

const BLOCK = /^(?:retry: (?<retry>\d+)|: (?<comment>.+)|(?:id: (?<id>\S+)\n)?data: (?<data>.+))$/;

/** Asks for one window. */
export async function windowOf(path: string, user: string, headers: Record<string, string> = {}): Promise<Window> {
  const { status, text, body } = await request('GET', path, { headers: { authorization: `Bearer ${await tokenOf(user)}`, ...headers } });
  const window: Window = { status, body, events: [], comments: [], done: false };
  if (status !== 200) {
    return window;
  }
  const blocks = text.split('\n\n');
  assert.equal(blocks.pop(), '', `the last event is not complete: ${text.slice(-200)}`);
  for (const block of blocks) {
    const fields = BLOCK.exec(block)?.groups;
    assert.ok(fields, `not an event: ${block.slice(0, 300)}`);
    assert.ok(!window.done, `an event after the last: ${block.slice(0, 300)}`);
    if (fields.retry !== undefined) {
      window.retry = Number(fields.retry);
    } else if (fields.comment !== undefined) {
      window.comments.push(fields.comment);
    } else if (fields.data === '[DONE]') {
      assert.equal(fields.id, undefined);
      window.done = true;
    } else {
      assert.ok(fields.id, `a chunk without an id: ${block.slice(0, 300)}`);
      window.events.push({ id: fields.id, data: fields.data! });
    }
  }
  assert.ok(window.events.length > 0 || window.comments.length > 0, 'a window that says nothing');
  return window;
}

/** Follows a stream as an EventSource does, until it is told to stop. */
export async function follow(path: string, user: string, { from, each }: { from?: string; each?: (window: Window) => unknown } = {}): Promise<Window[]> {
  const windows: Window[] = [];
  let last = from;
  for (;;) {
    const window = await windowOf(path, user, last === undefined ? {} : { 'last-event-id': last });
    if (window.status === 204) {
      return windows;
    }
    assert.equal(window.status, 200, JSON.stringify(window.body));
    windows.push(window);
    last = window.events.at(-1)?.id ?? last;
    await each?.(window);
  }
}

export const chunksOf = (windows: Window[]) => windows.flatMap(({ events }) => events.map(({ data }) => JSON.parse(data) as UIMessageChunk));

export const idsOf = (windows: Window[]) => windows.flatMap(({ events }) => events.map(({ id }) => id!));

/** The text that chunks say, after the last that takes something back. */
export function textOfChunks(chunks: UIMessageChunk[]): string {
  const from = chunks.findLastIndex(({ type }) => type === 'reset-step') + 1;
  return chunks.slice(from).map(chunk => (chunk.type === 'text-delta' ? chunk.delta : '')).join('');
}

/** The ids of n events from one on. */
export const ids = (n: number, from = 0, prefix = '') => Array.from({ length: n }, (_, i) => `${prefix}${from + i}`);
