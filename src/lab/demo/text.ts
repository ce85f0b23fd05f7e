// The demo's figures as text. Knows no terminal.

/** A time for people. */
export function duration(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

/** One of eight heights for each value; the largest has the highest. */
export function sparkline(values: readonly number[]): string {
  const max = Math.max(...values);
  return values.map((value) => "▁▂▃▄▅▆▇█"[Math.min(7, Math.floor((value / max) * 8))]).join("");
}
