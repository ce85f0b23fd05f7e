import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Pty {
  /** What a program opens as its serial port, /dev/pts/N. */
  readonly tty: string;
  /** Bytes for whoever has the tty open. */
  write(bytes: Uint8Array): void;
  /** Hangs the tty up. */
  close(): Promise<void>;
}

/**
 * A pseudo-terminal whose other side is this process. Node cannot make one; util-linux `script`, which every Debian has,
 * can, with its own standard input and output as that other side.
 */
export async function openPty(onBytes: (bytes: Uint8Array) => void): Promise<Pty> {
  const script = spawn("script", ["-qfec", "stty raw -echo; tty; exec sleep infinity", "/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const closed = once(script, "close");
  const tty = await new Promise<string>((resolve, reject) => {
    let head = "";
    const readName = (bytes: Buffer) => {
      head += bytes.toString("latin1");
      const [, name] = /^(\/dev\/\S+)\r?\n/.exec(head) ?? [];
      if (name === undefined) return;
      script.stdout.off("data", readName);
      script.stdout.on("data", onBytes);
      resolve(name);
    };
    script.stdout.on("data", readName);
    script.once("error", reject);
    script.once("exit", (code) => reject(new Error(`script ended with ${code}: ${head}`)));
  });
  // A write that crosses the hang-up fails; what the far side no longer reads is of no use to anybody.
  script.stdin.on("error", () => undefined);

  return {
    tty,
    write: (bytes) => script.stdin.write(bytes),
    async close() {
      script.kill("SIGTERM");
      await closed;
    },
  };
}
