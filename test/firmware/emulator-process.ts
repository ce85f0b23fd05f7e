import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** The emulated board as a process of its own, in real time. */
export interface EmulatorProcess {
  readonly tty: string;
  /** `reset`, `press`, `release`, `noise SHARE`: settles when it is done. */
  order(order: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts serve.ts; settles when its tty can be opened. */
export async function startEmulator(...args: readonly string[]): Promise<EmulatorProcess> {
  const script = new URL("serve.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const expect = async (pattern: RegExp) => {
    const { value = "its end", done } = await lines.next();
    const found = pattern.exec(value);
    if (done === true || found === null) throw new Error(`the emulator said ${value}, not ${pattern}`);
    return found;
  };

  const [, tty = ""] = await expect(/^listening tty=(\S+)$/);
  return {
    tty,
    async order(order) {
      child.stdin.write(`${order}\n`);
      await expect(/^done /);
    },
    async stop() {
      child.stdin.write("quit\n");
      await exited;
    },
  };
}
