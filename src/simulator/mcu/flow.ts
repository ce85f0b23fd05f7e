import { execFile } from "node:child_process";
import { promisify } from "node:util";

const stty = (path: string, ...settings: string[]) => promisify(execFile)("stty", ["-F", path, ...settings]);

const xoff = Buffer.of(0x13);
const xon = Buffer.of(0x11);

/**
 * Holds back what is written to a tty, or lets it through again, as a device does that has its flow control set: the
 * tty is told to heed XON and XOFF and gets one. It must be open already, since opening it would undo this.
 */
export async function setFlow(path: string, blocked: boolean, send: (bytes: Buffer) => void): Promise<void> {
  if (blocked) await stty(path, "ixon");
  send(blocked ? xoff : xon);
  if (!blocked) await stty(path, "-ixon");
}
