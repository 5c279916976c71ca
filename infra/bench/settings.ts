import { randomInt } from 'node:crypto';

/** The kinds of fault, in the order in which they are tried: how many there are at least in a long run and in a short one. */
const FAULTS = {
  writer: [300, 12],
  socket: [500, 20],
  redis: [100, 12],
  rollover: [100, 20],
  socketFunction: [50, 10],
} as const;

export type KindName = keyof typeof FAULTS;
export const KIND_NAMES = Object.keys(FAULTS) as KindName[];

export interface Settings {
  scale: 'long' | 'short';
  seed: number;
  /** How many faults of each kind there are at least; kinds that are left out are not here. */
  faults: ReadonlyMap<KindName, number>;
  /** When the run ends with a failure, whatever it has done by then. */
  limitMs: number;
  /** How it was started, for the report. */
  command: string;
  /** The Java that runs the system, for the report. */
  java: string;
  /** Where the report goes as well, if every kind was tried, whatever came of it. */
  report: string | undefined;
}

/**
 * Reads `FAULTS_SCALE` (`short` or `long`), `FAULTS_SEED`, `FAULTS_KINDS` (names with commas; all if left out),
 * `FAULTS_COUNT` (of each kind, in place of the scale's), `FAULTS_LIMIT_MINUTES`, `FAULTS_COMMAND`, `FAULTS_JAVA`,
 * `FAULTS_REPORT`.
 */
export function settingsFrom(environment: Record<string, string | undefined>): Settings {
  const scale = environment.FAULTS_SCALE || 'short';
  if (scale !== 'long' && scale !== 'short') {
    throw new RangeError(`FAULTS_SCALE must be long or short, not ${scale}.`);
  }
  const names = environment.FAULTS_KINDS ? environment.FAULTS_KINDS.split(',') : KIND_NAMES;
  const unknown = names.find(name => !(name in FAULTS));
  if (unknown !== undefined) {
    throw new RangeError(`FAULTS_KINDS knows ${KIND_NAMES.join(', ')}, not ${unknown}.`);
  }
  const counts = KIND_NAMES.filter(name => names.includes(name)).map(name => {
    const standard = FAULTS[name][scale === 'long' ? 0 : 1];
    return [name, whole('FAULTS_COUNT', environment.FAULTS_COUNT, standard)] as const;
  });
  return {
    scale,
    seed: whole('FAULTS_SEED', environment.FAULTS_SEED, randomInt(1, 1_000_000)),
    faults: new Map(counts),
    limitMs: whole('FAULTS_LIMIT_MINUTES', environment.FAULTS_LIMIT_MINUTES, scale === 'long' ? 40 : 5) * 60_000,
    command: environment.FAULTS_COMMAND || 'sh infra/bench/faults.sh',
    java: environment.FAULTS_JAVA || 'unknown',
    report: environment.FAULTS_REPORT || undefined,
  };
}

function whole(name: string, text: string | undefined, standard: number): number {
  const value = text ? Number(text) : standard;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name} must be a whole number from 1 on, not ${text}.`);
  }
  return value;
}
