import { execFile } from "node:child_process";
import { promisify } from "node:util";

const stty = (path: string, ...settings: string[]) => promisify(execFile)("stty", ["-F", path, ...settings]);

const xoff = Buffer.of(0x13);

/**
 * Holds back what is written to a tty, as a device does that has its flow control set, or lets it through again: the
 * tty is told to heed XON and XOFF and gets XOFF; when it heeds them no more it goes on. The gateway must have opened
 * it already, since opening would undo this.
 */
export async function setFlow(path: string, blocked: boolean, send: (bytes: Buffer) => void): Promise<void> {
  await stty(path, blocked ? "ixon" : "-ixon");
  if (blocked) send(xoff);
}
