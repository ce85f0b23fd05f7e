import type { McuCounts } from "./counts.ts";
import { withChecksum } from "./crc.ts";
import { flipOneBit, type McuFaults } from "./faults.ts";
import type { LossReason, McuObservation } from "./observation.ts";

/** What becomes of a line that the firmware says: the line for the wire or nothing, and what there is to tell of it. */
export interface Saying {
  /** Without line end; undefined where it is lost. */
  readonly line: string | undefined;
  readonly observation: McuObservation;
}

/** Says a line (without checksum and LF) through the faults of the sending side, and counts what they swallow. */
export function sayThroughFaults(
  body: string,
  checked: boolean,
  state: { readonly faults: McuFaults; readonly plugged: boolean },
  counts: McuCounts,
  chance: () => number,
): Saying {
  const line = checked ? withChecksum(body) : body;
  const lost = (why: LossReason): Saying => ({
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

/** Hears a line through the faults of the receiving side; `line` is undefined where they swallowed it. */
export function hearThroughFaults(
  line: string,
  faults: McuFaults,
  counts: McuCounts,
  chance: () => number,
): { readonly line: string | undefined; readonly observation: McuObservation } {
  if (happens(faults.dropReceived, chance)) {
    counts.linesDroppedReceived++;
    const bytes = Buffer.from(line, "latin1");
    return { line: undefined, observation: { kind: "lost", direction: "received", why: "drop", line: bytes } };
  }
  const garbled = happens(faults.garbleReceived, chance);
  if (garbled) counts.linesGarbledReceived++;
  const heard = garbled ? flipOneBit(line, chance) : line;
  return { line: heard, observation: { kind: "received", line: Buffer.from(heard, "latin1"), garbled } };
}

/** Whether something of this share happens now; chance is asked only where it could. */
export function happens(share: number, chance: () => number): boolean {
  return share > 0 && chance() < share;
}
