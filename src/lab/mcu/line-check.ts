import { readGatewayLine } from "./codec.ts";
import type { McuCounts } from "./counts.ts";
import type { Firmware } from "./options.ts";
import { createReceiver } from "./receiver.ts";

// As many requests as a long run makes; after more than that, the same key is another request.
const executionsMax = 100_000;

/** Checks, across restarts, that no command is executed twice and that none exceeds the window. */
export interface LineCheck {
  /** The MCU has executed this command. */
  executed(key: string): void;
  /** Bytes have arrived, at most up to a line end. */
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
      if (fullAtStart && reading.kind === "line") {
        const line = readGatewayLine(reading.line, firmware.crc);
        if (line.kind === "command" && !isKnown(line.key)) counts.beyondWindow++;
      }
      fullAtStart = undefined;
    },
  };
}
