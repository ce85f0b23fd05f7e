// The MCU on its serial line: bytes pass at the baud rate in both directions, and the firmware runs in the line's time.
// What was due at a moment is done as of that moment, even if the alarm was late: the host's delays do not add up. Pure.
import type { McuFaults } from "./faults.ts";
import type { Mcu, McuEvent, McuOutput } from "./mcu.ts";
import type { McuObservation } from "./observation.ts";
import { createPace, type Pace, type PaceShape } from "./pace.ts";

/** Bytes that have passed the line, or an observation with its time. */
export type UartOutput =
  | { readonly kind: "write"; readonly bytes: Buffer }
  | { readonly kind: "observed"; readonly observation: McuObservation; readonly at: number };

export interface Uart {
  start(now: number): void;
  /** Bytes enter the line at the gateway's end. */
  receive(bytes: Buffer, now: number): void;
  happen(event: McuEvent, now: number): void;
  /** What is on the line, in both directions, is lost: the cable was pulled. */
  cut(): void;
  /** Does everything that is due, in order of time. */
  advance(now: number): UartOutput[];
  /** When to advance next; `exact` if the end of what the MCU sends depends on it. */
  next(): { readonly at: number; readonly exact: boolean } | undefined;
}

// Start bit, eight data bits, stop bit.
const bitsPerByte = 10;
// A receiving 16550 wakes its driver at 14 of 16 bytes, a USB adapter at its packet's end: between 8 and 16.
const fifoBytes = 16;

/** @param baudRate undefined: bytes take no time */
export function createUart(mcu: Mcu, baudRate: number | undefined, initialFaults: McuFaults): Uart {
  const byteMs = baudRate === undefined ? 0 : (bitsPerByte * 1000) / baudRate;
  const received = createPace({ byteMs, holdMs: 0 });
  const sent = createPace(sentShape(byteMs, initialFaults));
  let faults = initialFaults;
  let outputs: UartOutput[] = [];

  function tear(...lines: readonly Pace[]): void {
    for (const line of lines) mcu.counts.bytesTorn += line.clear();
  }

  function perform(wanted: readonly McuOutput[], at: number): void {
    for (const output of wanted) {
      switch (output.kind) {
        case "send":
          if (faults.loopback) mcu.counts.bytesTorn += output.bytes.length;
          else sent.push(output.bytes, at);
          break;
        case "tear":
          tear(sent);
          break;
        case "observed":
          outputs.push({ kind: "observed", observation: output.observation, at });
          break;
        default:
          output satisfies never;
      }
    }
  }

  function advanceTo(at: number): void {
    const arrived = received.take(at);
    if (faults.echo || faults.loopback) {
      mcu.counts.bytesEchoed += arrived.length;
      sent.push(arrived, at);
    }
    if (arrived !== "" && !faults.loopback) perform(mcu.receive(arrived, at), at);
    perform(mcu.wake(at), at);
    const bytes = sent.take(at);
    if (bytes === "") return;
    mcu.counts.bytesSent += bytes.length;
    outputs.push({ kind: "write", bytes: Buffer.from(bytes, "latin1") });
  }

  function nextAt(): number | undefined {
    const times = [received.nextAt(), mcu.wakeAt(), sent.nextAt()].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  return {
    start(now) {
      perform(mcu.start(now), now);
    },
    receive(bytes, now) {
      received.push(bytes.toString("latin1"), now);
    },
    happen(event, now) {
      if (event.kind === "faults") {
        faults = event.faults;
        sent.reshape(sentShape(byteMs, faults), now);
      }
      perform(mcu.happen(event, now), now);
    },
    cut: () => tear(received, sent),
    advance(now) {
      for (let at = nextAt(); at !== undefined && at <= now; at = nextAt()) advanceTo(at);
      const all = outputs;
      outputs = [];
      return all;
    },
    next() {
      const at = nextAt();
      return at === undefined ? undefined : { at, exact: at === sent.nextAt() && sent.nextIsLast() };
    },
  };
}

function sentShape(byteMs: number, { splitBytes, mergeMs }: McuFaults): PaceShape {
  if (splitBytes === 0) return { byteMs, pieceBytes: fifoBytes, holdMs: mergeMs };
  return { byteMs: Math.max(byteMs, 1 / splitBytes), pieceBytes: splitBytes, holdMs: mergeMs };
}
