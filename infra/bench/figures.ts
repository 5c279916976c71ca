import type { Kind } from './kinds.ts';
import type { Tally } from './ground.ts';

/** The least of the values that so many percent do not exceed (nearest rank); `undefined` of none. */
export function percentile(values: number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** The report's table, a line each; the waits are in ms. */
export function tableOf(rows: { kind: Kind; tally: Tally }[]): string[] {
  const ms = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(0));
  return [
    '| fault | injected | answers | read by | readers hit | lost | twice | closed for a gap | errors shown | waits | p50 ms | p95 ms | p99 ms | max ms |',
    '|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows.map(({ kind, tally }) => {
      const counts = [tally.hits, tally.count('lost'), tally.count('duplicated'), tally.count('gap'), tally.count('error'), tally.waits.length];
      const waits = [50, 95, 99, 100].map(percent => ms(percentile(tally.waits, percent)));
      return `| ${[kind.title, tally.faults, tally.answers, kind.readers, ...counts, ...waits].join(' | ')} |`;
    }),
  ];
}
