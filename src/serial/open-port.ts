import { setTimeout } from "node:timers/promises";
import { SerialPort } from "serialport";
import type { WireFormat } from "../line/wire-time.ts";

type Binding = Awaited<ReturnType<typeof SerialPort.binding.open>>;

/** A port as serialport's binding opened it: it owns the settings, the lock and the modem lines. */
export type OpenPort = Binding & {
  /** Non-blocking: the binding opens it so. */
  readonly fd: number;
  readonly poller: Poller;
};

/** libuv's uv_poll of the descriptor, as the binding wraps it. */
interface Poller {
  on(event: "readable" | "writable", callback: (error: Error | null) => void): unknown;
  /** Polls for these in place of what was polled before; what it has seen it polls for no longer. */
  poll(bits: number): void;
  /** Calls every listener with an error. */
  stop(): void;
}

/** What becomes of a modem line on opening: "leave" is as the kernel does, which raises DTR and RTS. */
export type ModemLine = "leave" | "on" | "off";

export interface PortOptions extends WireFormat {
  /** Such as /dev/serial/by-id/usb-…, or /dev/ttyUSB0. */
  readonly path: string;
  readonly rtscts: boolean;
  readonly xonxoff: boolean;
  readonly dtr: ModemLine;
  readonly rts: ModemLine;
  /** A line to be turned off for so long after opening, which resets many boards. */
  readonly pulse?: { readonly line: "dtr" | "rts"; readonly ms: number } | undefined;
}

/**
 * Opens a port by serialport's binding, sets its modem lines and throws away what had come in before.
 *
 * The binding without serialport's stream on top of it: that queues what is written to a closed port and sends it when
 * it opens again, and emits `close` twice or never.
 *
 * @param note told what the device cannot do and the link can do without
 * @throws the binding's error, which `openFault` explains
 */
export async function openPort(options: PortOptions, note: (text: string) => void): Promise<OpenPort> {
  const port = await SerialPort.binding.open({
    path: options.path,
    baudRate: options.baudRate,
    dataBits: options.dataBits,
    parity: options.parity,
    stopBits: options.stopBits,
    rtscts: options.rtscts,
    xon: options.xonxoff,
    xoff: options.xonxoff,
    xany: false, // Only XON resumes: any other byte may be noise.
    lock: true, // Advisory (flock), but it keeps a second gateway out.
    hupcl: true, // What happens anyway: the binding sets HUPCL and never clears it.
    vmin: 1, // A read has the first byte as soon as it is there …
    vtime: 0, // … and no timer of the kernel's holds it back.
  });
  try {
    if (!isOpenPort(port)) throw new Error("this platform's serial ports have no descriptor to poll: Linux ones do");
    await setModemLines(port, options, note);
    await port.flush();
    return port;
  } catch (error) {
    await releasePort(port);
    throw error;
  }
}

/** Closes a port for good, and takes back what the peer has not taken yet. */
export async function releasePort(port: Binding): Promise<void> {
  // A device that has gone fails both calls; its descriptor is released all the same (close(2)).
  const ignore = () => {};
  // Bytes left in the driver would keep close(2) waiting for a peer that holds CTS: 30 s (closing_wait in setserial(8)).
  await port.flush().catch(ignore);
  await port.close().catch(ignore);
}

function isOpenPort(port: Binding): port is OpenPort {
  return "fd" in port && typeof port.fd === "number" && "poller" in port;
}

async function setModemLines(port: Binding, options: PortOptions, note: (text: string) => void): Promise<void> {
  const { pulse } = options;
  const lines = { dtr: options.dtr !== "off", rts: options.rts !== "off" };
  if (options.dtr === "leave" && options.rts === "leave" && pulse === undefined) return;
  try {
    const now = await port.get();
    const others = {
      brk: false, // A break would reach the MCU as garbage.
      // Set along with the others, so that what an administrator chose has to be said again.
      lowLatency: "lowLatency" in now && now.lowLatency === true,
    };
    if (pulse !== undefined) {
      await port.set({ ...lines, ...others, [pulse.line]: false });
      await setTimeout(pulse.ms);
    }
    await port.set({ ...lines, ...others });
  } catch (error) {
    // ENOTTY on a pseudo-terminal, and on adapters that have no such lines.
    note(`${options.path}: DTR and RTS cannot be set: ${error instanceof Error ? error.message : String(error)}`);
  }
}
