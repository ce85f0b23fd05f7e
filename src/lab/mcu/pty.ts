import { spawn } from "node:child_process";
import { lstatSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";

/** A pseudo-terminal: the gateway opens `path` as its serial port, the lab has the other end. */
export interface Pty {
  /** The tty's own name, `/dev/pts/N`. */
  readonly path: string;
  /** Sends to the program that has the tty open. False: too much is waiting already, and the bytes are lost. */
  write(bytes: Uint8Array): boolean;
  /** Hangs up: the program that has the tty open gets EOF or EIO. Settles when the tty is gone. */
  close(): Promise<void>;
  /** Settles when the tty is gone, by `close` or because its process ended. */
  readonly closed: Promise<void>;
}

export interface PtyOptions {
  /** Called with the bytes that were written to the tty, unchanged. */
  readonly onBytes: (bytes: Buffer) => void;
  /** A symbolic link to the tty: made atomically, replacing an older link, and removed with the tty. */
  readonly link?: string;
}

// Enough for the largest flood. A serial line that nobody reads loses bytes too.
const waitingBytesMax = 64 * 1024 * 1024;

// util-linux `script` runs a shell on a new pseudo-terminal and copies between that and its own stdin and stdout. The
// shell prints the tty's name, and holds it open for as long as we hold the other end of its descriptor 3: when this
// process dies, however it dies, `cat` ends, then `script`, and the tty hangs up. (`sleep infinity` would outlive us.)
const shellCommand = "stty raw -echo && tty && exec cat <&3 >/dev/null";

/** Opens a pseudo-terminal in raw mode. Throws if `script` is missing, or if the link's name belongs to a file. */
export async function openPty({ onBytes, link }: PtyOptions): Promise<Pty> {
  if (link !== undefined && !isFreeForLink(link)) {
    throw Object.assign(new Error(`${link} exists and is not a symbolic link`), { code: "EEXIST" });
  }
  const script = spawn("script", ["-qfec", shellCommand, "/dev/null"], {
    // `script` runs its command with $SHELL, and this one is for a POSIX shell.
    env: { ...process.env, SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "ignore", "pipe"],
    // Not in our process group, or Ctrl-C in a terminal would end it before us.
    detached: true,
  });
  const closed = new Promise<void>((resolve) => script.once("close", () => resolve()));
  const [input, output, , lifeline] = script.stdio as unknown as [Writable, Readable, null, Duplex];
  // After a hang-up the pipes' errors only repeat it.
  for (const pipe of [input, output, lifeline]) pipe.on("error", () => {});

  const path = await new Promise<string>((resolve, reject) => {
    let head = "";
    script.once("error", reject);
    script.once("close", () => reject(new Error("script (util-linux) ended before it had opened a pseudo-terminal")));
    output.on("data", function readHead(chunk: Buffer) {
      head += chunk.toString("latin1");
      const end = head.indexOf("\n");
      if (end < 0) return;
      output.off("data", readHead);
      output.on("data", onBytes);
      resolve(head.slice(0, end).trim());
    });
  });

  async function close(): Promise<void> {
    if (link !== undefined) removeLink(link, path);
    lifeline.destroy();
    await closed;
  }

  try {
    if (link !== undefined) putLink(link, path);
  } catch (error) {
    await close();
    throw error;
  }
  void closed.then(() => link !== undefined && removeLink(link, path));
  return {
    path,
    closed,
    close,
    write(bytes) {
      if (input.destroyed || input.writableLength + bytes.length > waitingBytesMax) return false;
      input.write(bytes);
      return true;
    },
  };
}

function isFreeForLink(link: string): boolean {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ?? true;
}

function putLink(link: string, path: string): void {
  const fresh = `${link}.${process.pid}`;
  symlinkSync(path, fresh);
  renameSync(fresh, link);
}

/** Only our own link: another program may have replaced it. */
function removeLink(link: string, path: string): void {
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === path) unlinkSync(link);
}
