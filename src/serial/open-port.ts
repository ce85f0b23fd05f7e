import { fstatSync } from "node:fs";
import { SerialPort } from "serialport";
import type { WireFormat } from "../protocol/wire-time.ts";
import { inKernel } from "../runtime/in-kernel.ts";
import { guardPort, type PortGuard } from "./guard-port.ts";
import { type ModemLineOptions, setModemLines } from "./modem-lines.ts";
import { checkParityOn } from "./parity.ts";
import { claimPort, type PortClaim, releaseClaim } from "./port-claim.ts";
import type { Binding, Tty } from "./tty.ts";

export interface OpenPort {
  readonly tty: Tty;
  readonly guard: PortGuard;
  /** Whether there is an stty(1) here. */
  readonly hasStty: boolean;
  /** Closes it for good; `flush` takes back what the peer has not taken yet. */
  release(how: { readonly flush: boolean }): Promise<void>;
}

export interface PortOptions extends WireFormat, ModemLineOptions {
  /** Such as /dev/serial/by-id/usb-…, or /dev/ttyUSB0. */
  readonly path: string;
  readonly rtscts: boolean;
  readonly xonxoff: boolean;
}

/**
 * Makes a port ours, opens it by serialport's binding, sets its modem lines and throws away what had come in before.
 *
 * The binding without serialport's stream on top of it: that queues what is written to a closed port and sends it when
 * it opens again, and emits `close` twice or never.
 *
 * @param note told what the device cannot do and the link can do without
 * @throws the system's or the binding's error, which `openFault` explains
 */
export async function openPort(options: PortOptions, note: (text: string) => void): Promise<OpenPort> {
  const claim = await claimPort(options.path);
  let binding: Binding | undefined;
  try {
    binding = await inKernel(() => openBinding(options, claim));
    const tty = ofClaimed(binding, claim);
    if (options.parity !== "none") await checkParityOn(claim.fd, options.path, note);
    await setModemLines(tty, options, note);
    await tty.flush();
    const guard = guardPort(claim, options.path, note);
    const hasStty = claim.hadHupcl !== undefined;
    return { tty, guard, hasStty, release: (how) => release(tty, claim, guard, how) };
  } catch (error) {
    if (binding !== undefined) await closeBinding(binding, { flush: true });
    await releaseClaim(claim);
    throw error;
  }
}

function openBinding(options: PortOptions, claim: PortClaim): Promise<Binding> {
  return SerialPort.binding.open({
    path: options.path,
    baudRate: options.baudRate,
    dataBits: options.dataBits,
    parity: options.parity,
    stopBits: options.stopBits,
    rtscts: options.rtscts,
    xon: options.xonxoff,
    xoff: options.xonxoff,
    xany: false, // Only XON resumes: any other byte may be noise.
    lock: !claim.isLocked, // Two descriptors of one process exclude each other as well.
    hupcl: false, // The binding never clears HUPCL, so this leaves it as it is; the guard clears it where that is wanted.
    vmin: 1, // A read has the first byte as soon as it is there …
    vtime: 0, // … and no timer of the kernel's holds it back.
  });
}

/** The device that we have claimed, and not one that has come to its path since. */
function ofClaimed(binding: Binding, claim: PortClaim): Tty {
  if (!("fd" in binding) || typeof binding.fd !== "number" || !("poller" in binding)) {
    throw new Error("this platform's serial ports have no descriptor to poll: Linux ones do");
  }
  const [ours, opened] = [fstatSync(claim.fd), fstatSync(binding.fd)];
  if (ours.dev !== opened.dev || ours.ino !== opened.ino) throw new Error("No such device: another one has its path");
  return binding as Tty;
}

async function release(tty: Tty, claim: PortClaim, guard: PortGuard, how: { flush: boolean }): Promise<void> {
  await guard.lift();
  await closeBinding(tty, how);
  await releaseClaim(claim);
}

async function closeBinding(binding: Binding, { flush }: { readonly flush: boolean }): Promise<void> {
  // A device that has gone fails both calls; its descriptor is released all the same (close(2)).
  const ignore = () => {};
  if (flush) await binding.flush().catch(ignore);
  await inKernel(() => binding.close()).catch(ignore);
}
