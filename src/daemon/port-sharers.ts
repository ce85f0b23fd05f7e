import type { Report } from "../core/report.ts";
import type { findHolders } from "../host/port-holders.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import type { Observer } from "./observer.ts";

/** The look that goes on, of whichever board: all at once they would take a turn of the event loop for all. */
let looking: Promise<unknown> = Promise.resolve();

/**
 * A look takes some 10 ms of CPU as root, spread over as many turns of the event loop as there are processes. It is repeated so often
 * while the MCU's answers are missing.
 */
const lookEveryMs = 30_000;

/**
 * Logs who else has the port open when the MCU's answers are missing or damaged: of two readers, each gets a part of the bytes. The
 * lock on a port is advisory, and a process that opened it before us, or runs as root, can have it open in spite of it. Logged once, and
 * when it changes.
 */
export function watchSharers(
  { board, path }: { readonly board: string; readonly path: () => string },
  { clock, log, holdersOf }: { readonly clock: Clock; readonly log: Log; readonly holdersOf: typeof findHolders },
): Observer {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told = "";

  async function look(): Promise<void> {
    const port = path();
    const holders = looking.then(() => holdersOf(port));
    looking = holders;
    const names = (await holders).map(({ pid, name }) => `${name} (process ${pid})`);
    const now = names.join(", ");
    if (now === told) return;
    told = now;
    // Of no incident: it names the cause of the others, and must not wait among them.
    if (now === "") log.say("info", "port shared", `link: nobody else has ${port} open any more`);
    else log.say("warn", "port shared", `link: ${now} has ${port} open as well, and gets a part of what the MCU says`);
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

/** The signs that another process has read some of the bytes; each has other causes as well. */
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
