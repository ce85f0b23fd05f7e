import { runOnDescriptor, type ScriptResult } from "../host/tty-tools.ts";

/**
 * serialport's binding asks for parity (PARENB) and ignores it on receiving (IGNPAR without INPCK): a damaged byte is taken
 * as it came. With INPCK and without IGNPAR it is read as NUL, which no payload has by accident; dropping it would make
 * `dose 100` of `dose 1000`.
 */
const checkParity = "stty inpck -ignpar <&3; exec stty -a <&3";

/** Has the kernel check what comes in. @param note told where the driver does not take parity at all */
export async function checkParityOn(fd: number, path: string, note: (text: string) => void): Promise<void> {
  const fault = parityFaultIn(await runOnDescriptor(fd, checkParity));
  if (fault !== undefined) note(`${path}: ${fault}`);
}

/** What is wrong by what `stty -a` says; undefined where parity is sent and checked. */
export function parityFaultIn(result: ScriptResult | undefined): string | undefined {
  if (result?.exitCode !== 0) return "whether serial.parity is checked on receiving could not be seen: no stty here";
  const flags = new Set(result.stdout.split(/[\s;]+/));
  if (!flags.has("parenb")) return "its driver does not take serial.parity: bytes are sent and read without it";
  return flags.has("inpck") ? undefined : "its driver does not check serial.parity on receiving";
}
