// The running system, and what can be done to it: only to processes that it names itself.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { HOLDFAST_URL, until } from '../../web/test/support.ts';

/** How a function runs, as `GET /local/functions` tells it. */
type FunctionStatus = { name: string; pid?: number; inFlight: number; standby?: number };

async function local<T>(path: string): Promise<T> {
  const response = await fetch(`${HOLDFAST_URL}/local/${path}`);
  assert.equal(response.status, 200, `GET /local/${path} answered ${response.status}`);
  return (await response.json()) as T;
}

async function status(name: string): Promise<FunctionStatus> {
  const found = (await local<FunctionStatus[]>('functions')).find(one => one.name.includes(name));
  assert.ok(found, `GET /local/functions names no ${name}`);
  return found;
}

/** The process of a function that has a JVM of its own and something to do now; `undefined` if it has not. */
export async function busy(name: string): Promise<number | undefined> {
  const { pid, inFlight } = await status(name);
  return inFlight > 0 ? pid : undefined;
}

/** Fails unless the functions have JVMs of their own. */
export async function assertIsolated(): Promise<void> {
  const functions = await local<FunctionStatus[]>('functions');
  const pids = new Set(functions.map(({ pid }) => pid));
  assert.equal(pids.size, functions.length, `HOLDFAST_ISOLATE is not true: the functions' processes are ${[...pids]}`);
}

/** Kills a process, which has no chance to say or write anything; `false` if it was gone already. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** One command to the system's Redis; `undefined` if it is away, or goes away instead of an answer. */
export async function redis(...words: string[]): Promise<string | undefined> {
  const { cache } = await local<{ cache: string }>('endpoints');
  const { hostname, port } = new URL(cache);
  assert.equal(hostname, '127.0.0.1');
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname, () => socket.write(`${words.join(' ')}\r\n`));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('error', () => {});
    socket.once('data', answer => {
      resolve(answer.toString('latin1'));
      socket.destroy();
    });
    socket.once('close', () => resolve(undefined));
  });
}

/** The process of the system's own Redis. */
export async function redisPid(): Promise<number> {
  const pid = Number(/^process_id:(\d+)/m.exec((await redis('INFO', 'server')) ?? '')?.[1]);
  assert.ok(pid > 1, 'Redis does not tell its process');
  return pid;
}

/** Its version. */
export async function redisVersion(): Promise<string> {
  return /^redis_version:(\S+)/m.exec((await redis('INFO', 'server')) ?? '')?.[1] ?? 'unknown';
}

/** Waits until Redis answers. */
export async function redisAnswers(): Promise<void> {
  await until('Redis to answer again', async () => (await redis('PING'))?.startsWith('+PONG') ?? false);
}
