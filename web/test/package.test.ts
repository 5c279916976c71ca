// The npm package, as somebody gets it who has nothing else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** What the AI SDK asks of a WebSocket (npm `ai` 7, `WebSocketConstructor`), in a program that has no `ai`. */
const PROGRAM = `
import {
  isOutdated,
  joinWindows,
  lastMessageOnly,
  ResumingWebSocket,
  SessionFollower,
  type ConnectionState,
  type ResumingWebSocketOptions,
  type SessionEvent,
} from '@holdfast/web';

type WebSocketLike = {
  readyState: number;
  readonly bufferedAmount?: number;
  send(data: string | Uint8Array | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: unknown) => void) | null;
};
type WebSocketConstructor = new (
  url: string | URL,
  protocols?: string | string[],
  options?: { headers?: Record<string, string | undefined> },
) => WebSocketLike;

const states: ConnectionState[] = [];
const frames: string[] = [];
class Native {
  readyState = 0;
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: unknown) => void) | null = null;
  constructor(readonly url: string | URL) {
    setTimeout(() => {
      this.readyState = 1;
      this.onopen?.({});
    });
  }
  send(text: string): void {
    frames.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
}
type Said = { id: string; role: 'user' | 'assistant'; parts: { type: string }[] };
const chat = { status: 'ready' as const, error: undefined, messages: [] as Said[], resumeStream: async () => {}, clearError() {} };
const follower = new SessionFollower<Said>({ chat, load: async () => undefined });
const options: ResumingWebSocketOptions = {
  watch: { id: 'session-1', onEvent: (event: SessionEvent) => follower.see(event) },
  params: async () => ({ token: 'secret' }),
  webSocket: Native,
  onState: (state, socket) => states.push(state === socket.state ? state : 'offline'),
};
const taken: WebSocketConstructor[] = [ResumingWebSocket, ResumingWebSocket.with(options), ResumingWebSocket.with({ webSocket: WebSocket })];

const joined: typeof fetch = joinWindows({ fetch: async () => new Response('plain') });
const socket = new taken[1]!('ws://server/ws');
socket.onopen = () => {
  socket.send('{"type":"abort","requestId":"r1"}');
  socket.send(JSON.stringify({ type: 'resume', requestId: 'r1', id: 'session-1' }));
  socket.close(1000);
  follower.close();
};
socket.onclose = async () => console.log(JSON.stringify({ text: await (await joined('http://server/')).text(), states, frames, outdated: isOutdated(new Error('x')), last: lastMessageOnly({ messages: [1, 2] }) }));
`;

describe('the npm package', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
    // Not left to `prepack`: a machine may be told to run no such scripts.
    await run(npm, ['run', '--silent', 'build:lib']);
    await run(npm, ['pack', '--silent', '--pack-destination', folder]);
    await writeFile(join(folder, 'package.json'), '{"name":"somebody","version":"1.0.0","private":true,"type":"module"}');
    const [tarball] = (await readdir(folder)).filter(name => name.endsWith('.tgz'));
    await run(npm, ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], { cwd: folder });
  });

  after(() => rm(folder, { recursive: true, force: true }));

  test('brings nothing but itself', async () => {
    const installed = (await readdir(join(folder, 'node_modules'))).filter(name => !name.startsWith('.'));
    assert.deepEqual(installed, ['@holdfast']);
    const files = await readdir(join(folder, 'node_modules/@holdfast/web'), { recursive: true });
    assert.deepEqual(files.filter(name => !name.startsWith('dist')).toSorted(), ['README.md', 'package.json']);
    assert.deepEqual(files.filter(name => /page|test/.test(name)), []);
  });

  for (const [module, resolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']] as const) {
    test(`has types for ${resolution}, and runs`, async () => {
      await writeFile(join(folder, 'program.ts'), PROGRAM);
      const tsc = resolve('node_modules/.bin/tsc');
      const flags = ['--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', '--module', module, '--moduleResolution', resolution];
      await run(tsc, [...flags, 'program.ts'], { cwd: folder }).catch(fault => assert.fail(fault.stdout));
      const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
      const { text, states, frames, outdated, last } = JSON.parse(stdout);
      assert.equal(text, 'plain');
      assert.deepEqual(states, ['connecting', 'online', 'closed']);
      assert.deepEqual(frames.map((frame: string) => JSON.parse(frame).type), ['resume']);
      assert.equal(outdated, false);
      assert.deepEqual(last, { messages: [2] });
    });
  }
});
