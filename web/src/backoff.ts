/** How long to wait between attempts, in milliseconds. */
export interface Backoff {
  firstRetryMs: number;
  longestRetryMs: number;
}

/** The pause after so many failures in a row, the first is number 0: doubled each time, and half of it random. */
export function pauseMs(failures: number, { firstRetryMs, longestRetryMs }: Backoff, random: number): number {
  const pause = Math.min(firstRetryMs * 2 ** Math.min(failures, 30), longestRetryMs);
  return pause * (0.5 + random / 2);
}
