import type { SeededRandom } from "../support/seeded-random.ts";
import type { Kind } from "./kinds.ts";
import type { Speech } from "./speech.ts";

/** What becomes of one command. */
export type Fate =
  | "reply"
  | "refuse"
  | "silent"
  | "twice"
  | "late"
  | "unknown_id"
  | "another_id"
  | "huge"
  | "too_large";

/** What an MCU is like for as long as it runs the same image. */
export interface Firmware {
  readonly window: number;
  readonly dedup: number;
  readonly crc: boolean;
  readonly cancel: boolean;
  /** Undefined where it does not say. */
  readonly lineBytesMax: number | undefined;
  readonly saysHelloAtStart: boolean;
  readonly answersProbes: boolean;
  /** Whether its hello has a boot word, and another one at each start. */
  readonly bootWord: "changes" | "stays" | "none";
  /** What an escape that is none does to a line: it is dropped, or it stands as it came. */
  readonly knowsEscapes: boolean;
  /** Half a line is dropped after half a second without a byte. */
  readonly dropsHalfLines: boolean;
  readonly latencyMaxMs: number;
  readonly fates: readonly Fate[];
}

export function drawFirmware(random: SeededRandom, speech: Speech, kinds: ReadonlySet<Kind>): Firmware {
  const isRrpc = speech.name === "rrpc";
  const saysHello = speech.name !== "bare" && random.chance(0.8);
  const talks = isRrpc && saysHello;
  const answersProbes = saysHello && !(kinds.has("no_probe") && random.chance(0.2));
  const dedup = talks ? random.pick([0, 1, 8, 8]) : 0;
  const knowsEscapes = isRrpc && random.chance(0.7);
  return {
    window: talks ? random.pick([1, 1, 2, 5]) : 1,
    dedup,
    // Without an answer to a probe nobody would know of its checksums.
    crc: talks && random.chance(0.5) && answersProbes,
    cancel: talks && random.chance(0.3),
    lineBytesMax: talks ? random.pick([undefined, undefined, 40, 200]) : undefined,
    saysHelloAtStart: saysHello,
    answersProbes,
    bootWord: bootWordOf(random, speech, kinds),
    knowsEscapes,
    dropsHalfLines: !knowsEscapes || random.chance(0.5),
    latencyMaxMs: random.pick([5, 100, 1500]),
    fates: [...Array<Fate>(random.pick([10, 40, 100])).fill("reply"), ...faultsOf(speech, dedup)],
  };
}

function bootWordOf(random: SeededRandom, speech: Speech, kinds: ReadonlySet<Kind>): Firmware["bootWord"] {
  if (speech.name !== "rrpc") return "changes";
  if (!random.chance(0.8)) return "none";
  return kinds.has("same_boot") && random.chance(0.2) ? "stays" : "changes";
}

function faultsOf(speech: Speech, dedup: number): Fate[] {
  const faults: Fate[] = ["silent", "late", "huge", "too_large"];
  if (speech.name !== "bare") faults.push("refuse");
  // Without ids one command has one answer; firmware that does otherwise cannot be served.
  if (speech.name === "rrpc") faults.push("twice", "unknown_id");
  // Where a command can come twice its answer can too, and then an id that was misused once is misread once more.
  if (speech.name === "rrpc" && dedup === 0) faults.push("another_id");
  return faults;
}
