// The virtual MCU on a real tty: a pseudo-terminal, a clock and one alarm around the pure parts.
//
//   gateway ── tty ── pty ── uart (baud rate) ── mcu (firmware and faults)
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createAlarm } from "./alarm.ts";
import { escapeBytes } from "./codec.ts";
import type { McuControl } from "./control.ts";
import type { McuCounts } from "./counts.ts";
import { seededChance } from "./faults.ts";
import { floodBytes } from "./flood.ts";
import { setFlow } from "./flow.ts";
import { createMcu, type McuEvent } from "./mcu.ts";
import type { McuObservation } from "./observation.ts";
import { faultsOf, firmwareOf, latin1, type VirtualMcuOptions } from "./options.ts";
import { openPty, type Pty } from "./pty.ts";
import { createUart } from "./uart.ts";

/** A running virtual MCU on a tty. */
export interface VirtualMcu {
  /** What the gateway opens: the link if there is one, else the tty itself, which each `plug` may change. */
  readonly path: string;
  /** The tty itself, `/dev/pts/N`; empty while the cable is unplugged. */
  readonly tty: string;
  /** What has happened so far; a copy. */
  counts(): McuCounts;
  /** Takes effect at once, except for the cable and flow control: settles when it has taken effect. */
  control(control: McuControl): Promise<void>;
  /** Hangs up and ends everything that it has started. */
  close(): Promise<void>;
}

/** Starts a virtual MCU. When this settles, its tty exists and it has booted. */
export async function startVirtualMcu(options: VirtualMcuOptions = {}): Promise<VirtualMcu> {
  const { openTty = openPty } = options;
  const firmware = firmwareOf(options);
  let faults = faultsOf(options);
  const mcu = createMcu(firmware, faults, seededChance(options.seed ?? 1), bootWord);
  const uart = createUart(mcu, options.baudRate, faults);
  const alarm = createAlarm(turn);
  const closing = new AbortController();
  let link = options.link;
  let pty: Pty | undefined;
  let opening: Promise<void> | undefined;

  function observe(observation: McuObservation, atMs = performance.now()): void {
    options.observe?.(observation, atMs);
  }

  function write(bytes: Buffer): void {
    if (pty?.write(bytes) === false) mcu.counts.bytesUntaken += bytes.length;
  }

  /** Does what is due, and sets the alarm for what comes next. */
  function turn(): void {
    for (;;) {
      for (const output of uart.advance(performance.now())) {
        if (output.kind === "write") write(output.bytes);
        else observe(output.observation, output.at);
      }
      const next = uart.next();
      if (next === undefined) {
        alarm.clear();
        return;
      }
      if (!alarm.set(next.at, next.exact)) return;
    }
  }

  function happen(event: McuEvent): void {
    turn();
    uart.happen(event, performance.now());
    turn();
  }

  function receive(bytes: Buffer): void {
    uart.receive(bytes, performance.now());
    turn();
  }

  async function open(): Promise<void> {
    const onBytes = (bytes: Buffer) => pty === opened && receive(bytes);
    const opened = await openTty(link === undefined ? { onBytes } : { onBytes, link });
    pty = opened;
    void opened.closed.then(() => unplugged(opened));
    happen({ kind: "cable", plugged: true });
    observe({ kind: "plugged", path: opened.path });
  }

  async function plug(): Promise<void> {
    if (pty !== undefined || closing.signal.aborted) return;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    await opening;
  }

  async function unplug(): Promise<void> {
    await opening;
    const opened = pty;
    if (opened === undefined) return;
    unplugged(opened);
    await opened.close();
  }

  /** Also called when the tty's process was ended from outside. */
  function unplugged(which: Pty): void {
    if (pty !== which) return;
    pty = undefined;
    if (!closing.signal.aborted) mcu.counts.hangups++;
    uart.cut();
    happen({ kind: "cable", plugged: false });
    observe({ kind: "unplugged" });
  }

  async function control(wanted: McuControl): Promise<void> {
    switch (wanted.kind) {
      case "faults":
        faults = { ...faults, ...wanted.change };
        return happen({ kind: "faults", faults });
      case "reset":
        return happen({ kind: "reset" });
      case "event": {
        const payload = escapeBytes(latin1(wanted.payload));
        return happen({ kind: "say", line: payload === "" ? `@${wanted.name}` : `@${wanted.name} ${payload}` });
      }
      case "log":
        return happen({ kind: "say", line: latin1(wanted.text) });
      case "flood":
        return happen({ kind: "send", bytes: floodBytes(wanted.bytes, wanted.form, firmware.crc) });
      case "send":
        return happen({ kind: "send", bytes: latin1(wanted.bytes) });
      case "block":
        return pty && setFlow(pty.path, wanted.on, write);
      case "unplug":
        return unplug();
      case "plug":
        link = wanted.link ?? link;
        return plug();
      case "hangup":
        await unplug();
        await sleep(wanted.backAfterMs, undefined, { signal: closing.signal }).catch(() => {});
        link = wanted.link ?? link;
        return plug();
      default:
        return wanted satisfies never;
    }
  }

  await plug();
  uart.start(performance.now());
  turn();
  return {
    get path() {
      return link ?? pty?.path ?? "";
    },
    get tty() {
      return pty?.path ?? "";
    },
    counts: () => ({ ...mcu.counts }),
    control,
    async close() {
      closing.abort();
      alarm.clear();
      await unplug();
      alarm.clear();
    },
  };
}

/** Four hex digits, practically never the same twice in a row. */
function bootWord(): string {
  return randomBytes(2).toString("hex").toUpperCase();
}
