import { execFile } from "node:child_process";
import { promisify } from "node:util";

const stty = (path: string, ...settings: string[]) => promisify(execFile)("stty", ["-F", path, ...settings]);

const xoff = Buffer.of(0x13);

/**
 * Holds what is written to a tty, as a device with flow control does, or releases it: the tty is set to obey XON and XOFF,
 * and gets XOFF; when it is set back, it continues. The gateway must have opened the tty before, because opening it would
 * undo this.
 */
export async function setFlow(path: string, blocked: boolean, send: (bytes: Buffer) => void): Promise<void> {
  await stty(path, blocked ? "ixon" : "-ixon");
  if (blocked) send(xoff);
}
