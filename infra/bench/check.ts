// The run shows that it can fail: a chunk is spoilt on its way, and the checks have to see it.
import assert from 'node:assert/strict';
import { closeAndVerify, type Frame } from '../../web/test/support.ts';
import { Conversation } from './conversation.ts';
import { type Problem, Reader } from './reader.ts';

type Spoil = (text: string) => string[];

/** What becomes of the sixth chunk, and what must be seen of it. */
const CHECKS: Record<string, { spoil: Spoil; seen: Problem['what'][] }> = {
  'a chunk that is lost on its way': { spoil: () => [], seen: ['gap', 'error', 'lost'] },
  'a chunk that comes again with other content': { spoil: text => [text, withDelta(text, delta => `${delta}0`)], seen: ['changed'] },
  'a number that comes twice': { spoil: text => [withDelta(text, delta => delta + delta)], seen: ['duplicated'] },
};

/** The problems of each check that were not seen; empty if all is well. */
export async function checkTheChecks(): Promise<{ name: string; missed: string[] }[]> {
  const results = [];
  for (const [name, { spoil, seen }] of Object.entries(CHECKS)) {
    const problems = await spoilt(spoil);
    results.push({ name, missed: seen.filter(what => !problems.some(problem => problem.what === what)) });
  }
  return results;
}

async function spoilt(spoil: Spoil): Promise<Problem[]> {
  const Whole = globalThis.WebSocket;
  globalThis.WebSocket = spoiling(Whole, spoil);
  try {
    const conversation = new Conversation(60, 10);
    conversation.add(new Reader(conversation.about));
    const problems = await conversation.hold();
    await assert.rejects(Promise.all([closeAndVerify(), ...problems.map(problem => Promise.reject(new Error(problem.seen)))]));
    return problems;
  } finally {
    globalThis.WebSocket = Whole;
  }
}

/** A WebSocket on which the first text of some length comes otherwise, before anybody has seen it. */
function spoiling(Whole: typeof WebSocket, spoil: Spoil): typeof WebSocket {
  return class extends Whole {
    #done = false;

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', event => {
        const { type, sequence, chunk } = JSON.parse(event.data) as Frame;
        if (!this.#done && type === 'chunk' && sequence! >= 5 && chunk?.type === 'text-delta') {
          this.#done = true;
          event.stopImmediatePropagation();
          spoil(event.data).forEach(data => this.dispatchEvent(new MessageEvent('message', { data })));
        }
      });
    }
  };
}

function withDelta(text: string, change: (delta: string) => string): string {
  const frame = JSON.parse(text) as { chunk: { delta: string } };
  return JSON.stringify({ ...frame, chunk: { ...frame.chunk, delta: change(frame.chunk.delta) } });
}
