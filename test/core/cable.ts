import type { Instant } from "../../src/core/instant.ts";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import type { WireFormat } from "../../src/protocol/wire-time.ts";
import { createLineReader, type LineReader } from "../../src/serial/line-reader.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { dressed } from "./line-style.ts";
import type { Saying } from "./model-mcu.ts";
import type { Scenario } from "./scenario.ts";
import type { Timeline } from "./timeline.ts";
import { type HeldBy, Uart } from "./uart.ts";

interface CableEvents {
  /** Something comes to the gateway's end: at once, or as soon as the process runs again. */
  readonly reaches: (run: () => void) => void;
  readonly written: () => void;
  /** Bytes are in the MCU that left from `from` on; `heldBy`: what has held them, later than the gateway can know. */
  readonly arrived: (bytes: Buffer, from: Instant, heldBy: HeldBy | undefined) => void;
  /** What the gateway reads, and the MCU's line that it is; undefined where it is none. */
  readonly read: (event: LineEvent, saying: Saying | undefined) => void;
}

/** The longest line that a gateway is told of; of others it is told how long they were. */
const replyBytesMax = 600;

/** How long a port that is to be closed waits for what it has taken to leave. */
const runDryMsMax = 1000;

/** A cable with a port at one end and an MCU at the other: bytes go over it either way, and it is pulled. */
export class Cable {
  readonly uart: Uart;
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #timeline: Timeline;
  readonly #events: CableEvents;
  /** Counts the openings. */
  openingCount = 0;
  #reader: LineReader | undefined;
  /** The MCU's line that is being read. */
  #saying: Saying | undefined;
  /** What has come back last is a piece of a line. */
  #isBehindPiece = false;

  constructor(scenario: Scenario, random: SeededRandom, timeline: Timeline, events: CableEvents) {
    this.#scenario = scenario;
    this.#random = random;
    this.#timeline = timeline;
    this.#events = events;
    this.uart = new Uart(scenario, random, timeline, {
      written: events.written,
      arrived: (bytes, from, heldBy) => {
        if (scenario.echoes && this.uart.isOpen) this.#echo(bytes);
        events.arrived(bytes, from, heldBy);
      },
    });
  }

  open(): void {
    this.openingCount += 1;
    this.uart.open();
    this.#isBehindPiece = false;
    this.#reader = createLineReader({ lineBytesMax: replyBytesMax + 1, lineEnd: "lf" }, (event) =>
      this.#events.read(event, this.#saying),
    );
  }

  close(): void {
    this.uart.close();
    this.#reader = undefined;
  }

  /** How long until a port that is closed on purpose is. */
  get runDryMs(): number {
    return Math.min(Math.max(0, this.uart.dryAt - this.#timeline.now), runDryMsMax);
  }

  write(bytes: Buffer, format: WireFormat): void {
    this.#reader?.beforeWrite();
    this.uart.write(bytes, format);
  }

  /** A line of the MCU's: lost where the cable is out. */
  say(saying: Saying, isDamaged: boolean): void {
    const { lineStyle, speech } = this.#scenario;
    const { line } = saying;
    const isGlued = lineStyle.fragment !== undefined && saying.isChecked && this.#random.chance(0.1);
    const text = isDamaged ? `${line.slice(0, -1)}#` : line;
    // What may come amid another line begins with an LF, as the line protocol asks for.
    if (this.#isBehindPiece && speech.name !== "bare") this.#toGateway(Buffer.from("\n"), undefined);
    this.#isBehindPiece = false;
    this.#toGateway(
      dressed(text, lineStyle, isGlued ? (lineStyle.fragment ?? "") : ""),
      isDamaged ? undefined : saying,
    );
  }

  #echo(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const reader = this.#reader;
    // Not within the write that it is an echo of.
    this.#timeline.after(0, () => {
      if (reader !== this.#reader) return;
      this.#isBehindPiece = bytes.at(-1) !== 0x0a;
      this.#toGateway(bytes, undefined);
    });
  }

  #toGateway(bytes: Buffer, saying: Saying | undefined): void {
    const reader = this.#reader;
    this.#events.reaches(() => {
      this.#saying = saying;
      reader?.push(bytes);
      this.#saying = undefined;
    });
  }
}
