// What the tests of operations share.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { type Call, HOLDFAST_URL, request, Tab, until } from './support.ts';
import { use } from './tools-support.ts';

export type Input = { ms?: number; outcome?: 'complete' | 'fail' | 'silent' | 'twice' | 'early' | 'reject'; progress?: number };

/** What the service knows of a piece of work. */
export type Work = { operationId: string; tool: string; label: string; working: boolean; cancelled?: string; posts: { kind: 'progress' | 'complete'; status: number }[] };

/** A service's word that comes too late is answered so. */
export const LATE = [409, 410];

/** Long enough for whatever a test does meanwhile, and told of far more often than a heartbeat of 20 s asks. */
export const LONG: Input = { ms: 40_000, progress: 19 };

export const newLabel = () => `work-${randomUUID().slice(0, 8)}`;

export const research = (input: Input, label = newLabel()) => use('research', { ...input, label });

export async function local(path: string): Promise<any> {
  const response = await fetch(`${HOLDFAST_URL}/local/service/${path}`);
  assert.equal(response.status, 200, `${path} answered ${response.status}`);
  return response.json();
}

/** The work of a label, once the service has it. */
export async function workOf(label: string): Promise<Work> {
  let work: Work | undefined;
  await until(`the work ${label}`, async () => {
    work = ((await local('operations')) as Work[]).find(candidate => candidate.label === label);
    return work !== undefined;
  });
  return work!;
}

/** The work of a label, when the service has said all that it had to say. */
export async function doneWork(label: string): Promise<Work> {
  await until(`the end of the work ${label}`, async () => !(await workOf(label)).working, () => label);
  return workOf(label);
}

export const completions = (work: Work) => work.posts.filter(({ kind }) => kind === 'complete').map(({ status }) => status);

/**
 * The results of calls that came over a tab's socket, preliminary ones left out. The same result again counts once: it is
 * said once more behind progress that came while it was stored.
 */
export function results(tab: Tab): string[] {
  const said = tab.wire.frames.flatMap(({ chunk }) =>
    chunk?.type === 'tool-output-error' || (chunk?.type === 'tool-output-available' && chunk.preliminary !== true) ? [JSON.stringify(chunk)] : [],
  );
  return [...new Set(said)];
}

export const isFinal = (call: Call | undefined) =>
  call?.state === 'output-error' || (call?.state === 'output-available' && (call as { preliminary?: boolean }).preliminary !== true);

/** The `webhook-signature` of a call, as the public library of Standard Webhooks makes it. */
export function signature(secret: string, id: string, timestamp: number, body: string): string {
  return new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
}

export type Delivery = { id?: string; timestamp?: number; secret?: string; headers?: Record<string, string> };

/** Posts to an operation as its service would; an undefined body is signed as it is. */
export async function post(operation: string, kind: 'complete' | 'progress', body: object | string, delivery: Delivery = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { id = `msg_${randomUUID()}`, timestamp = Math.floor(Date.now() / 1000) } = delivery;
  const secret = delivery.secret ?? ((await local('secret')) as { secret: string }).secret;
  return request('POST', `/operations/${operation}/${kind}`, {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature(secret, id, timestamp, text),
      ...delivery.headers,
    },
    body: text,
  });
}

export const build = (input: Input, label = newLabel()) => use('build_report', { ...input, label });

export const done = (report: string) => ({ success: true, result: { report } });
