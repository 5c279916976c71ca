import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { Settings } from './settings.ts';
import { redisVersion } from './system.ts';

/** What the run ran on, a line each. */
export async function circumstances(settings: Settings): Promise<string[]> {
  const cores = cpus();
  const ai = JSON.parse(readFileSync(new URL('../../web/node_modules/ai/package.json', import.meta.url), 'utf8')) as { version: string };
  return [
    `- Machine: ${cores.length} cores, ${cores[0]?.model.trim()}; driver and system on the same machine; load ${loadavg()[2]!.toFixed(1)} in the last quarter of an hour`,
    `- Date: ${new Date().toISOString().slice(0, 10)}; commit ${commit()}`,
    `- Versions: Java ${settings.java}, Redis ${await redisVersion()}, Node ${process.versions.node}, AI SDK ${ai.version}`,
    `- Command: \`${settings.command}\`, seed ${settings.seed}`,
  ];
}

function commit(): string {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', '--short=10', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ', with changes');
  } catch {
    return 'unknown';
  }
}

/** The report, as it stands in the documentation. */
export function reportOf(table: string[], lines: string[], failures: string[], minutes: number): string {
  const verdict = failures.length === 0 ? 'passed' : `**failed** (${failures.join('; ')})`;
  return `# The fault run

Written by \`mvn -Pbench\`; do not edit. The same run, shorter, is part of \`mvn verify\`.

${table.join('\n')}

${lines.join('\n')}
- It took ${minutes.toFixed(0)} minutes and ${verdict}

## What it does

Each function runs in a JVM of its own. Four conversations run at once, each with one or two readers: the AI SDK's
client over its own socket (*stock*), over a \`ResumingWebSocket\` (*resuming*), or both on the same answer. An answer counts
to between 50 and 120; undisturbed it takes up to two and a half seconds. Meanwhile:

- **writer killed**: the process of \`TurnFunction\` gets SIGKILL while it has invocations, at random moments, now and
  then before its successor is whole.
- **socket dropped**: the TCP connection of a reader is reset.
- **Redis restarted, empty**: SHUTDOWN NOSAVE (half of the cases), SIGKILL (a quarter), or FLUSHALL (a quarter).
- **rollover in mid-answer**: the socket moves to a new connection every 150 to 500 ms.
- **socket function killed**: SIGKILL while it has invocations, when readers that lost their connections come back.

A fault of the writer, of Redis or of the socket function strikes every answer that runs, each up to four times.

## What the columns say

- **injected**: faults, not their victims. **readers hit**: readers whose answer was running, each fault of each counted.
- **lost**: readers, or records of a conversation, that lack a part of the answer, or its end. **twice**: readers to whom a
  chunk was given twice, or readers or records whose text holds a number twice. **closed for a gap**: readers with a gap in
  their frames, or whose stock socket has closed. **errors shown**: readers whose chat ever showed an error.
- **waits**, and their times: from the fault to the next chunk that its victim gets. Of a killed writer and a lost Redis it
  is the first chunk of the step that is written again (or the last of the answer), of a lost connection the first over a
  new one. A rollover loses nothing, so there it is just the next chunk, and so it is for a reader that was back already
  when the socket function died. While one wait lasts, another fault does not begin a new one.

Every frame is checked as well: no gap in the sequence, no other chunk where there was one, nothing after the end, one end.
Anything of that makes the run fail. Before it begins, the run loses, repeats and doubles a chunk on purpose, to
show that it would see that.

What it does not show: the figures of AWS. A new JVM, a new Redis and the network are those of this machine.
`;
}
