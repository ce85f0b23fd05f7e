import type { Report } from "../core/report.ts";
import type { findHolders } from "../host/port-holders.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import type { Observer } from "./observer.ts";

/**
 * A look takes some 10 ms of CPU as root, spread over as many turns of the event loop as there are processes. While the MCU's
 * words are missing for hours, it is taken so often.
 */
const lookEveryMs = 30_000;

/**
 * Tells who else has the port open when the MCU's words are missing or garbled: each of two readers gets a part of the
 * bytes. The lock of a port is advisory, and whoever had it open before us, or is root, can have it open all the same.
 * Told once, and when it changes.
 */
export function watchSharers(
  { board, path }: { readonly board: string; readonly path: () => string },
  { clock, log, holdersOf }: { readonly clock: Clock; readonly log: Log; readonly holdersOf: typeof findHolders },
): Observer {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told = "";

  async function look(): Promise<void> {
    const port = path();
    const names = (await holdersOf(port)).map(({ pid, name }) => `${name} (process ${pid})`);
    const now = names.join(", ");
    if (now === told) return;
    told = now;
    if (now === "") log.say("info", "port shared", `link: nobody else has ${port} open any more`, "board");
    else
      log.say(
        "warn",
        "port shared",
        `link: ${now} has ${port} open as well, and gets a part of what the MCU says`,
        "board",
      );
  }

  return {
    observe(observation) {
      if (observation.kind !== "report" || observation.board !== board || !looksStolen(observation.report)) return;
      const now = clock.now();
      if (now - lookedAt < lookEveryMs) return;
      lookedAt = now;
      setImmediate(() => void look()); // Not while a response may be due.
    },
  };
}

/** What bytes that another process has read look like from here; each has other causes as well. */
function looksStolen(report: Report): boolean {
  switch (report.kind) {
    case "settled":
      return report.outcome === "no_reply";
    case "dropped":
      return report.name === "damaged_line" || report.name === "malformed_line";
    case "mcu_without_hello":
    case "mcu_away":
      return true;
    default:
      return false;
  }
}
