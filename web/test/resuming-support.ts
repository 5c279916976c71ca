// What the tests of the resuming socket share: tabs on bad lines, and what nobody may notice there.
import assert from 'node:assert/strict';
import type { ResumingWebSocketOptions } from '../src/index.ts';
import { type Line, newSession, newUser, numbers, stored, Tab, textOf, upTo } from './support.ts';

/** A tab with a resuming socket, and all that its chat has ever shown as its status. */
export function tabOn(line: Line, resuming: ResumingWebSocketOptions = {}, like: { session: string; user: string } = { session: newSession(), user: newUser() }) {
  const tab = new Tab({ ...like, url: line.url, resuming });
  const statuses = [tab.chat.status];
  tab.chat['~registerStatusCallback'](() => statuses.push(tab.chat.status));
  return { tab, statuses };
}

/** The answer is exactly right, each chunk came once, and the chat showed one answer from beginning to end. */
export async function assertUnnoticed(tab: Tab, statuses: string[], n: number): Promise<void> {
  assert.deepEqual(numbers(tab.answer()), upTo(n), tab.log.join(' '));
  assert.deepEqual(new Set(statuses), new Set(['ready', 'submitted', 'streaming']));
  const frames = tab.wire.frames.filter(frame => frame.type === 'chunk');
  const requests = new Set(frames.map(frame => frame.requestId));
  for (const requestId of requests) {
    const sequences = tab.wire.of(requestId).filter(frame => frame.type === 'chunk').map(frame => frame.sequence);
    assert.deepEqual(sequences, sequences.map((_, i) => i));
    assert.equal(tab.wire.of(requestId).filter(frame => frame.type === 'end').length, 1);
  }
  assert.equal(tab.out.filter(frame => frame.type === 'abort').length, 0);
  const { messages } = await stored(tab.session, tab.user);
  assert.deepEqual(numbers(textOf(messages.at(-1))), upTo(n));
}
