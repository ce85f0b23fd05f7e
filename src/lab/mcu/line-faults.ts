import type { McuCounts } from "./counts.ts";
import { withChecksum } from "./crc.ts";
import { flipOneBit, type McuFaults } from "./faults.ts";
import type { LossReason, McuObservation } from "./observation.ts";

/** What faults make of a line: the line itself, changed or lost, and what is told of it. */
export interface FaultedLine {
  /** Without line end; undefined if it is lost. */
  readonly line: string | undefined;
  readonly observation: McuObservation;
}

/** Applies the faults of the MCU's sending side to a line (without checksum and LF), and counts them. */
export function sendThroughFaults(
  body: string,
  checked: boolean,
  state: { readonly faults: McuFaults; readonly plugged: boolean },
  counts: McuCounts,
  chance: () => number,
): FaultedLine {
  const line = checked ? withChecksum(body) : body;
  const lost = (why: LossReason): FaultedLine => ({
    line: undefined,
    observation: { kind: "lost", direction: "sent", why, line: Buffer.from(line, "latin1") },
  });
  const { faults, plugged } = state;
  if (!plugged) {
    counts.linesUnplugged++;
    return lost("unplugged");
  }
  if (faults.silence) {
    counts.linesSilenced++;
    return lost("silence");
  }
  if (happens(faults.dropSent, chance)) {
    counts.linesDroppedSent++;
    return lost("drop");
  }
  const garbled = happens(faults.garbleSent, chance);
  if (garbled) counts.linesGarbledSent++;
  const sent = garbled ? flipOneBit(line, chance) : line;
  return { line: sent, observation: { kind: "sent", line: Buffer.from(sent, "latin1"), garbled } };
}

/** Applies the faults of the MCU's receiving side to a line, and counts them. */
export function receiveThroughFaults(
  line: string,
  faults: McuFaults,
  counts: McuCounts,
  chance: () => number,
): FaultedLine {
  if (happens(faults.dropReceived, chance)) {
    counts.linesDroppedReceived++;
    const bytes = Buffer.from(line, "latin1");
    return { line: undefined, observation: { kind: "lost", direction: "received", why: "drop", line: bytes } };
  }
  const garbled = happens(faults.garbleReceived, chance);
  if (garbled) counts.linesGarbledReceived++;
  const received = garbled ? flipOneBit(line, chance) : line;
  return { line: received, observation: { kind: "received", line: Buffer.from(received, "latin1"), garbled } };
}

/** Whether a fault of this share happens now. Draws a number only if the share is not 0. */
export function happens(share: number, chance: () => number): boolean {
  return share > 0 && chance() < share;
}
