// A client that is generated from the OpenAPI document: it compiles, the compiler knows what it may be asked, and it talks to a
// running system.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HOLDFAST_URL, newSession, newUser, system, tokenOf, userMessage } from './support.ts';

const run = promisify(execFile);
/** What the generator needs is installed beside it: an older TypeScript than ours. */
const CLIENT = fileURLToPath(new URL('../client/', import.meta.url));
const of = createRequire(join(CLIENT, 'package.json'));

const program = (body: string) => `
import createClient from 'openapi-fetch';
import type { paths } from './holdfast.js';

const [baseUrl, token, sessionId, message] = process.argv.slice(2) as [string, string, string, string];
const holdfast = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } });
${body}
`;

const GOOD = program(`
const sent = await holdfast.POST('/sessions/{sessionId}/messages', {
  params: { path: { sessionId }, query: { wait: 25 } },
  body: { message: JSON.parse(message), onBusy: 'queue' },
});
if (sent.error) throw new Error(sent.error.detail);
const { turnId, status, streamUrl, lastSequence } = sent.data;
const turn = await holdfast.GET('/turns/{turnId}', { params: { path: { turnId } } });
const sessions = await holdfast.GET('/sessions', { params: { query: { limit: 1 } } });
const job = await holdfast.POST('/turns', { body: { input: 'count to 1' }, params: { query: { wait: 25 } } });
const missing = await holdfast.GET('/sessions/{sessionId}', { params: { path: { sessionId: 'not-there' } } });
console.log(JSON.stringify({
  status, streamUrl, lastSequence,
  steps: turn.data?.steps,
  sessions: sessions.data?.items.map(({ id }) => id),
  job: job.data?.status,
  missing: missing.error?.type,
}));
`);

const BAD = program(`
await holdfast.POST('/sessions/{sessionId}/messages', {
  params: { path: { sessionId } },
  body: { message: JSON.parse(message), onBusy: 'sometimes' },
});
await holdfast.GET('/turnips', {});
`);

/** What the TypeScript of the generator says of a program. */
async function compile(folder: string, file: string): Promise<string> {
  const tsc = join(dirname(of.resolve('typescript/package.json')), 'bin', 'tsc');
  const options = '--strict --target es2022 --module nodenext --skipLibCheck --types node --pretty false'.split(' ');
  try {
    await run(process.execPath, [tsc, ...options, file], { cwd: folder });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('a generated client', system, () => {
  test('compiles, refuses what the document has not, and talks to the system', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-client-'));
    try {
      const generator = join(dirname(of.resolve('openapi-typescript/package.json')), 'bin', 'cli.js');
      await run(process.execPath, [generator, `${HOLDFAST_URL}/openapi.json`, '-o', join(folder, 'holdfast.d.ts')], { cwd: CLIENT });
      await symlink(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'));
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      await writeFile(join(folder, 'good.ts'), GOOD);
      await writeFile(join(folder, 'bad.ts'), BAD);

      assert.equal(await compile(folder, 'good.ts'), '');
      const faults = await compile(folder, 'bad.ts');
      assert.match(faults, /"sometimes"/);
      assert.match(faults, /"\/turnips"/);

      const user = newUser();
      const session = newSession();
      const { stdout } = await run(process.execPath, [
        join(folder, 'good.js'), HOLDFAST_URL, await tokenOf(user), session, JSON.stringify(userMessage(`count to 3 ${randomUUID()}`)),
      ]);
      const { streamUrl, lastSequence, ...seen } = JSON.parse(stdout);
      assert.match(streamUrl, /^\/turns\/turn_\w+\/stream$/);
      assert.ok(lastSequence > 0);
      assert.deepEqual(seen, { status: 'completed', steps: 1, sessions: [session], job: 'completed', missing: '/problems/not-found' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
