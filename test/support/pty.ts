import { spawn } from "node:child_process";
import { once } from "node:events";

/** A real pseudo-terminal whose other end the test plays. */
export interface Pty {
  /** The tty to open. */
  readonly path: string;
  /** What the other end sends. */
  send(bytes: string | Buffer): void;
  /** Waits until the other end has received this many bytes in all, and returns all that it has received. */
  received(byteCount: number): Promise<Buffer>;
  /** The other end takes nothing any more; some 4 kB fit into the kernel's buffer. */
  stall(): void;
  /** The cable is pulled: the tty is hung up and vanishes. */
  hangUp(): Promise<void>;
}

/** Opens one by util-linux's `script`, which every Debian has: its pipes are the master side. */
export async function openPty(): Promise<Pty> {
  const script = spawn("script", ["-qfec", "stty raw -echo; tty; exec sleep infinity", "/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const hasExited = once(script, "exit");
  let output = Buffer.alloc(0);
  script.stdout.on("data", (bytes: Buffer) => {
    output = Buffer.concat([output, bytes]);
  });
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await once(script.stdout, "data");
  };

  await until(() => output.includes("\n"));
  const firstLine = output.indexOf("\n") + 1;
  const path = output.subarray(0, firstLine).toString().trim();
  return {
    path,
    send: (bytes) => script.stdin.write(bytes),
    async received(byteCount) {
      await until(() => output.length >= firstLine + byteCount);
      return output.subarray(firstLine);
    },
    stall: () => script.kill("SIGSTOP"),
    async hangUp() {
      script.kill("SIGKILL");
      await hasExited;
    },
  };
}
