import { duration as lasting } from "../../observe/duration.ts";

/** Time of day of the reader's own, to the second, as `14:05:07`. */
export function timeOfDay(time: string): string {
  return new Date(time).toLocaleTimeString("en-GB");
}

/** As `9.8 ms` or `1.25 s`. */
export function duration(ms: number): string {
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** How long something has been so, as in the status line: `42 s`, `2 h 5 min`. A clock that was set back makes it 0. */
export function age(ms: number): string {
  return lasting(Math.max(0, ms));
}
