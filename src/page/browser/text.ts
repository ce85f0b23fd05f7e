/** Time of day of the reader's own, to the second, as `14:05:07`. */
export function timeOfDay(time: string): string {
  return new Date(time).toLocaleTimeString("en-GB");
}

/** As `9.8 ms` or `1.25 s`. */
export function duration(ms: number): string {
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** The two largest units, as in the status line: `42 s`, `12 min`, `2 h 5 min`, `3 d 4 h`. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const min = Math.floor(s / 60);
  const h = Math.floor(min / 60);
  if (min < 1) return `${s} s`;
  if (h < 1) return `${min} min`;
  if (h < 24) return `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}
