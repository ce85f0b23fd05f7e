import type { Instant } from "../core/instant.ts";
import type { Board } from "../gateway/board.ts";
import { describeMcuIncident } from "../observe/mcu-incident.ts";
import type { BoardFacts } from "../observe/status.ts";

/** How a board is, as far as the gateway knows: not how its connections are. */
export function boardStatus(
  { name, mcuState, counts }: Board,
  now: Instant,
): Omit<BoardFacts, "serial" | "offlineBecause"> {
  const { lastError } = counts;
  return {
    name,
    mcuIncident: describeMcuIncident(mcuState),
    settled: counts.of("requests"),
    lastHour: counts.lastHour.counts(now),
    hello: counts.hello,
    p99Ms: counts.latencies.p99Ms(),
    lastError: lastError && { reason: lastError.reason, agoMs: now - lastError.at },
  };
}
