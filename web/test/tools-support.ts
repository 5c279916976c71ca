// What the tests of tools share.
import assert from 'node:assert/strict';
import { getToolName, type UIMessage, type UIMessageChunk } from 'ai';
import { type Call, HOLDFAST_URL, sendFrame, stored, Tab, textOf } from './support.ts';

/** A line of the script model: ask for this tool. */
export const use = (name: string, input: unknown) => `use ${name} ${JSON.stringify(input)}`;

export const lines = (...all: string[]) => all.join('\n');

export const TRANSFER = use('transfer', { to: 'bob', amount: 10 });

/** A sentence for a person. */
export function assertWords(text: string | undefined): void {
  assert.match(text ?? '', /\w+ \w+/);
  assert.doesNotMatch(text ?? '', /Exception|io\.holdfast|amazon|\bat \w+\.\w+\(/, 'nothing technical');
}

/** What a message or a part of it says, without what JSON does not keep. */
export function plain(said: object | undefined): unknown {
  return JSON.parse(JSON.stringify(said ?? null));
}

export const states = (calls: Call[]) => calls.map(call => `${getToolName(call)} ${call.state}`);

/** The answer as it is stored. */
export async function storedAnswer(tab: Tab): Promise<UIMessage | undefined> {
  const { messages } = await stored(tab.session, tab.user);
  return messages.findLast(message => message.role === 'assistant');
}

/** The answer as somebody sees it who comes now. */
export async function resumed(tab: Tab): Promise<Tab> {
  const other = new Tab({ session: tab.session, user: tab.user, roles: tab.roles });
  await other.chat.resumeStream();
  return other;
}

/** A part of a message that has been answered. */
export function responded(call: Call, approved: boolean, reason?: string): Call {
  return { ...call, state: 'approval-responded', approval: { ...call.approval!, approved, ...(reason && { reason }) } } as Call;
}

/** The frame with which the SDK's client sends answers to approvals, with these parts in the place of those of the same calls. */
export function answerFrame(session: string, message: UIMessage, ...answers: Call[]) {
  const parts = message.parts.map(part => answers.find(call => 'toolCallId' in part && call.toolCallId === part.toolCallId) ?? part);
  return sendFrame(session, '', { messages: [{ ...message, parts }], messageId: message.id });
}

export const types = (chunks: UIMessageChunk[]) => chunks.map(chunk => chunk.type);

export const preliminary = (tab: Tab) =>
  tab.wire.frames.filter(({ chunk }) => chunk?.type === 'tool-output-available' && chunk.preliminary === true);

/** What Redis forgets of a turn. */
export const FORGOTTEN = [
  ['all of it', ['chunks', 'turn', 'subs']],
  ['its chunks', ['chunks']],
  ['its state', ['turn']],
  ['its readers', ['subs']],
] as const;

/** What is shown is whole, and is what is stored. */
export async function assertStored(tab: Tab, text: RegExp): Promise<void> {
  const answer = await storedAnswer(tab);
  assert.match(textOf(answer), text);
  assert.deepEqual(plain(tab.message()), plain(answer), tab.log.join(' '));
  assert.equal(tab.chat.status, 'ready');
}

/** Why nothing can be tried with a real MCP server. */
export async function mcpIsMissing(): Promise<string | false> {
  if (HOLDFAST_URL === '') {
    return 'HOLDFAST_URL names no running system';
  }
  const endpoints = (await (await fetch(`${HOLDFAST_URL}/local/endpoints`)).json()) as { mcp?: string };
  if (endpoints.mcp === undefined) {
    console.error('*** NO MCP SERVER RUNS IN THE LOCAL SYSTEM: nothing was tried with one. ***');
    return 'no MCP server runs in the local system';
  }
  return false;
}
