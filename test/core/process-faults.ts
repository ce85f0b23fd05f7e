import { SeededRandom } from "../support/seeded-random.ts";
import type { EntryKind } from "./fault-schedule.ts";
import type { GatewayProcess } from "./gateway-process.ts";

/** What befalls the process, or the session: all boards at once. */
const kinds = ["session_lost", "suspended", "starved", "asleep", "killed", "drain"] as const satisfies EntryKind[];

export type ProcessFault = (typeof kinds)[number];

export function isProcessFault(kind: EntryKind): kind is ProcessFault {
  return (kinds as readonly EntryKind[]).includes(kind);
}

/** A sleep that is shorter the process does not notice before its next step. */
const unnoticedMs = 700;

/**
 * @param seed of what else there is to draw of it
 * @param noticesSleep where answers come in order one that is unread when the machine falls asleep would be taken for the next: a
 *   process with such a board is told of each sleep first
 */
export function strikeProcess(process: GatewayProcess, kind: ProcessFault, seed: number, noticesSleep: boolean): void {
  const random = new SeededRandom(seed);
  switch (kind) {
    case "session_lost":
      process.loseSession();
      break;
    case "suspended":
      process.suspend(random.whole(100, random.pick([2000, 12_000])), random.whole(0, 750));
      break;
    case "starved":
      process.starve(random.whole(1000, random.pick([3000, 8000])), random.whole(900, 1100));
      break;
    case "asleep": {
      const ms = random.whole(200, random.pick([1000, 2000, 2000, 30_000]));
      const isUnnoticed = random.chance(0.5) && ms < unnoticedMs && !noticesSleep;
      process.sleep(ms, !isUnnoticed);
      break;
    }
    case "killed":
      process.kill(seed);
      break;
    case "drain":
      process.drain();
      break;
    default:
      kind satisfies never;
  }
}
