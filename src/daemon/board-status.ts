import type { Instant } from "../core/instant.ts";
import type { Board } from "../gateway/board.ts";
import { describeMcuIncident } from "../observe/mcu-incident.ts";
import type { BoardStatus } from "../observe/status-text.ts";

/** How a board is, as far as the gateway knows: not how its connections are. */
export function boardStatus(
  { name, mcuState, counts }: Board,
  now: Instant,
): Omit<BoardStatus, "serial" | "offlineBecause"> {
  const { lastError } = counts;
  return {
    name,
    mcuIncident: describeMcuIncident(mcuState),
    settled: counts.of("requests"),
    p99Ms: counts.latencies.p99Ms(),
    lastError: lastError && { reason: lastError.reason, agoMs: now - lastError.at },
  };
}
