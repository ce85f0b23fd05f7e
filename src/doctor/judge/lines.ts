import { describeChecksum, describeFront, describeSkips } from "../../line/describe-framing.ts";
import type { LineEnd, Skip } from "../../line/framing.ts";
import type { WrongChecksum } from "../../line/mcu-line.ts";
import { type Finding, type FindingId, fault, ok, unknown } from "../finding.ts";

/** What stood around the lines of an MCU that was asked who it is. */
export interface LineFacts {
  /** Hellos that were understood. */
  readonly helloCount: number;
  /** Around the last one of them. */
  readonly skips: readonly Skip[];
  /** Bytes in front of the last hello that was not understood because of them; undefined where there was none. */
  readonly front: Buffer | undefined;
  /** Of the last hello whose checksum was wrong. */
  readonly checksum: WrongChecksum | undefined;
  /** What its lines end in, where that is not what they should end in. */
  readonly otherLineEnd: LineEnd | undefined;
}

/** Nothing was seen, be it that nothing was said. */
export const noLines: LineFacts = {
  helloCount: 0,
  skips: [],
  front: undefined,
  checksum: undefined,
  otherLineEnd: undefined,
};

/** Whether replies will be understood, by how the lines look that it has said. */
export function judgeLines({ helloCount, skips, front, checksum, otherLineEnd }: LineFacts): Finding {
  const id: FindingId = "mcu.lines";
  if (otherLineEnd !== undefined) {
    const [came, expected] = otherLineEnd === "cr" ? ["CR", "LF"] : ["LF", "CR"];
    return fault(id, `its lines end in ${came}, and none in ${expected}`, `serial.lineEnd: ${otherLineEnd}`);
  }
  if (front !== undefined) {
    const { text, help } = describeFront(front);
    const which = helloCount > 0 ? "a hello was understood, but the next has" : "its hello has";
    return fault(id, `${which} ${text}: replies like it are lost`, help);
  }
  if (checksum !== undefined) {
    const help = "CRC-16/XMODEM of all before the *, as four upper-case digits; docs/line-protocol.md has test vectors";
    return fault(id, `its hello ${describeChecksum(checksum)}`, help);
  }
  if (helloCount === 0) return unknown(id, "not seen: it said no hello");
  return ok(id, skips.length === 0 ? "nothing" : `taken off: ${describeSkips(skips)}`);
}
