import { readGatewayLine } from "./codec.ts";
import type { McuCounts } from "./counts.ts";
import type { Firmware } from "./options.ts";
import { createReceiver } from "./receiver.ts";

// As many requests as a long run makes; one that comes again after more than that is not the same request any more.
const executionsMax = 100_000;

/** Watches, beyond any restart, whether the gateway and the MCU keep to the protocol. */
export interface LineCheck {
  /** The MCU did this command. */
  executed(key: string): void;
  /** Bytes arrive, at most up to a line end. */
  arrived(bytes: string, now: number, windowIsFull: boolean, isKnown: (key: string) => boolean): void;
}

export function createLineCheck(counts: McuCounts, firmware: Firmware): LineCheck {
  const executions = new Set<string>();
  const tap = createReceiver(Number.POSITIVE_INFINITY, firmware);
  let fullAtStart: boolean | undefined;

  return {
    executed(key) {
      if (executions.has(key)) {
        counts.executedTwice++;
        return;
      }
      counts.executed++;
      executions.add(key);
      const [oldest] = executions.size > executionsMax ? executions : [];
      if (oldest !== undefined) executions.delete(oldest);
    },
    arrived(bytes, now, windowIsFull, isKnown) {
      fullAtStart ??= windowIsFull;
      tap.arrive(bytes, true, now);
      const reading = tap.read();
      if (reading === undefined) return;
      if (fullAtStart && typeof reading === "object") {
        const line = readGatewayLine(reading.line, firmware.crc);
        if (line.kind === "command" && !isKnown(line.key)) counts.beyondWindow++;
      }
      fullAtStart = undefined;
    },
  };
}
