import type { Call } from "./application.ts";
import type { Screen } from "./screen.ts";
import { duration, sparkline } from "./text.ts";

/** The times of calls in figures and as a picture, the first call on the left. */
export function showTimes(calls: readonly Call[], screen: Screen): void {
  const times = calls.map(({ ms }) => ms);
  screen.plain(`${calls.length} calls, each in ${duration(Math.min(...times))} to ${duration(Math.max(...times))}`);
  const picture = sparkline(times);
  const width = screen.width();
  for (let from = 0; from < picture.length; from += width) screen.plain(picture.slice(from, from + width));
}
