import { describeChecksum, describeFront, describeSkips } from "../../protocol/describe-framing.ts";
import type { LineEnd, Skip } from "../../protocol/framing.ts";
import type { WrongChecksum } from "../../protocol/mcu-line.ts";
import { type Finding, fault, ok, unknown, warning } from "../finding.ts";

/** What stood around the lines of an MCU that was asked who it is. */
export interface LineFacts {
  /** Hellos that were understood. */
  readonly helloCount: number;
  /** Around the last one of them. */
  readonly skips: readonly Skip[];
  /** Bytes in front of the last hello that was not understood because of them; undefined where there was none. */
  readonly front: Buffer | undefined;
  /** How many different answers were understood: more than one is noise, or a restart. */
  readonly versionCount: number;
  /** The boot words, each once and in their order, of hellos that differ in nothing else; none where one came back. */
  readonly bootWords: readonly string[];
  /** Those whose checksum was wrong. */
  readonly damaged: DamagedHellos | undefined;
  /** What breaks the protocol in the last line that began as a hello; undefined where none did. */
  readonly hello: HelloFaults | undefined;
  /** Whether a probe is answered only where no CR stands in front of its LF. */
  readonly keepsCr: boolean;
  /** What its lines end in, where that is not what they should end in. */
  readonly otherLineEnd: LineEnd | undefined;
}

/** What breaks the protocol in a hello, in the bench's words; each undefined where nothing does. */
export interface HelloFaults {
  /** Why it is no hello, or what in it is none of the protocol's. */
  readonly malformed: string | undefined;
  readonly checksum: string | undefined;
  /** Why its memory is of no use. */
  readonly memory: string | undefined;
}

export interface DamagedHellos {
  readonly count: number;
  /** How many different ones: firmware that computes wrongly says the same again and again. */
  readonly versionCount: number;
  /** Of the last one. */
  readonly checksum: WrongChecksum | undefined;
}

/** Nothing was seen, be it that nothing was said. */
export const noLines: LineFacts = {
  helloCount: 0,
  skips: [],
  front: undefined,
  versionCount: 0,
  bootWords: [],
  damaged: undefined,
  hello: undefined,
  keepsCr: false,
  otherLineEnd: undefined,
};

const id = "mcu.lines";

const checksumHelp =
  "CRC-16/XMODEM of everything before the *, as four upper-case digits; docs/line-protocol.md has test vectors";

const noiseHelp =
  "check plugs, GND, the cable's length and its neighbours, and the MCU's clock (2 % off is too much); checksums (crc=1) with dedup handle the rest";

const restartHelp =
  "check its power (does the voltage drop when a load is switched?) and its watchdog; what it prints before a hello may say why";

/** Whether replies will be understood, by the lines that came so far. */
export function checkLines(lines: LineFacts): Finding {
  const { helloCount, skips, front, otherLineEnd, keepsCr } = lines;
  if (otherLineEnd !== undefined) {
    const [came, expected] = otherLineEnd === "cr" ? ["CR", "LF"] : ["LF", "CR"];
    return fault(
      id,
      "other_line_end",
      `its lines end in ${came}, and none in ${expected}`,
      `set serial.lineEnd: ${otherLineEnd}`,
    );
  }
  if (front !== undefined) {
    const { text, help } = describeFront(front);
    const which = helloCount > 0 ? "a hello was understood, but the next has" : "its hello has";
    return fault(id, "bytes_in_front", `${which} ${text}: replies with the same fault are lost`, help);
  }
  const damage = checkDamage(lines);
  if (damage !== undefined) return damage;
  if (helloCount === 0) return unknown(id, "not_seen", "not visible: it sent no hello");
  if (keepsCr)
    return warning(
      id,
      "cr_kept",
      '"?\\x0D" is not answered, but "?" is: the CR has become part of the line',
      "drop one CR in front of an LF: the gateway sends none, but terminals and other programs do",
    );
  return ok(
    id,
    skips.length === 0 ? "clean" : "stripped",
    skips.length === 0 ? "only the lines themselves" : `removed: ${describeSkips(skips)}`,
  );
}

/** Why lines come damaged; undefined if none did. */
function checkDamage({ helloCount, versionCount, bootWords, damaged, hello }: LineFacts): Finding | undefined {
  if (damaged === undefined && bootWords.length > 1) {
    const words = bootWords.map((word) => JSON.stringify(word)).join(", ");
    return warning(
      id,
      "restarts",
      `${helloCount} hellos came with different boot words (${words}): it restarts by itself`,
      restartHelp,
    );
  }
  const damagedCount = damaged?.count ?? 0;
  if (versionCount > 1 || (damaged !== undefined && (versionCount > 0 || damaged.versionCount > 1))) {
    const count = helloCount + damagedCount;
    const what = `${count} hellos came in ${versionCount + (damaged?.versionCount ?? 0)} versions, ${damagedCount} of them with a wrong checksum`;
    return warning(id, "noise", `${what}: noise on the line damages lines`, noiseHelp);
  }
  if (damaged === undefined) return undefined;
  const { checksum, count } = damaged;
  const evidence = hello?.checksum ?? `its hello ${checksum === undefined ? "has " : ""}${describeChecksum(checksum)}`;
  if (count > 1 || (checksum !== undefined && checksum.came.toUpperCase() === checksum.right))
    return fault(id, "wrong_checksum", evidence, checksumHelp);
  return warning(
    id,
    "damaged",
    `${evidence}; it came only once, so it may have been noise`,
    `${noiseHelp}; or else: ${checksumHelp}`,
  );
}
