// The fault run: breaks a running system in every way that it claims to survive, and counts what its readers lose.
import { mkdirSync, writeFileSync } from 'node:fs';
import { checkTheChecks } from './check.ts';
import { tableOf } from './figures.ts';
import { Ground, type Tally } from './ground.ts';
import { type Kind, KINDS } from './kinds.ts';
import { circumstances, reportOf } from './report.ts';
import { KIND_NAMES, settingsFrom } from './settings.ts';
import { assertIsolated } from './system.ts';

/** How often it says how far it is. */
const PROGRESS_MS = 15_000;

const settings = settingsFrom(process.env);
const began = performance.now();
const target = new URL('target/', import.meta.url);
const rows: { kind: Kind; tally: Tally; wanted: number }[] = [];

console.log(`The fault run, ${settings.scale}: FAULTS_SEED=${settings.seed} repeats its choices, though not its timing.`);
setTimeout(() => {
  console.log(`*** The fault run took longer than ${settings.limitMs / 60_000} minutes. ***`);
  process.exit(2);
}, settings.limitMs).unref();
setInterval(() => {
  const row = rows.at(-1);
  if (row !== undefined) {
    const { faults, answers, problems } = row.tally;
    console.log(`  ${row.kind.title}: ${faults} of ${row.wanted} faults, ${answers} answers, ${problems.length} problems`);
  }
}, PROGRESS_MS).unref();

await assertIsolated();
const checks = await checkTheChecks();
for (const name of KIND_NAMES) {
  const wanted = settings.faults.get(name);
  if (wanted !== undefined) {
    const kind = KINDS[name];
    const ground = new Ground(wanted, settings.seed * 10 + KIND_NAMES.indexOf(name));
    rows.push({ kind, tally: ground.tally, wanted });
    const from = performance.now();
    await kind.run(ground);
    console.log(`${kind.title}: ${ground.tally.faults} faults in ${((performance.now() - from) / 1_000).toFixed(0)} s`);
  }
}

const table = tableOf(rows);
const lines = await circumstances(settings);
const failed = checks.some(({ missed }) => missed.length > 0) || rows.some(({ tally, wanted }) => tally.problems.length > 0 || tally.faults < wanted);
console.log([...table, '', ...lines].join('\n'));
mkdirSync(target, { recursive: true });
const results = [
  ...checks.map(({ name, missed }) => ({ name: `sees ${name}`, problems: missed.map(what => `not seen: ${what}`) })),
  ...rows.map(({ kind, tally, wanted }) => ({
    name: `${kind.title}, ${wanted} times at least`,
    waits: tally.waits.map(wait => Math.round(wait)).toSorted((a, b) => a - b),
    problems: [
      ...tally.problems.map(({ what, who, seen }) => `${what}, ${who}: ${seen}`),
      ...(tally.faults < wanted ? [`only ${tally.faults} faults`] : []),
    ],
  })),
];
writeFileSync(new URL('faults.json', target), JSON.stringify({ seed: settings.seed, table, results }, undefined, 2));
const failures = results.filter(({ problems }) => problems.length > 0).map(({ name, problems }) => `${name}: ${problems.length} problems`);
const report = reportOf(table, lines, failures, (performance.now() - began) / 60_000);
writeFileSync(new URL('faults.md', target), report);
// A report of good runs only would be no report.
if (settings.report !== undefined && rows.length === KIND_NAMES.length) {
  writeFileSync(settings.report, report);
}
process.exit(failed ? 1 : 0);
