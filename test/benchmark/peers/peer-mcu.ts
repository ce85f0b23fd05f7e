// An MCU of paced-mcu.c, a process of its own.
import { spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { keepChild } from "../children.ts";

/** `baud` 0: bytes take no time. `workUs` is for each command, one after another. */
export interface McuPace {
  readonly baud: number;
  readonly workUs: number;
}

/** What a small MCU is like. */
export const paced: McuPace = { baud: 115_200, workUs: 1000 };
export const unpaced: McuPace = { baud: 0, workUs: 0 };
/** As many pieces as when paced, in a tenth of the time. */
export const hurried: McuPace = { baud: 2_000_000, workUs: 0 };

export interface PeerMcu {
  readonly path: string;
  /** For what comes from now on. */
  setPace(pace: McuPace): Promise<void>;
  stop(): void;
}

/** @param link is made to its tty */
export async function startPeerMcu(program: string, link: string): Promise<PeerMcu> {
  const child = keepChild(spawn(program, { stdio: ["pipe", "pipe", "inherit"] }));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the paced MCU has ended");
    return value;
  };
  symlinkSync(await nextLine(), link);
  return {
    path: link,
    async setPace({ baud, workUs }) {
      child.stdin.write(`${baud} ${workUs}\n`);
      await nextLine();
    },
    stop: () => child.stdin.end(),
  };
}
