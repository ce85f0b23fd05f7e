import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openPty, type Pty } from "../../../src/lab/mcu/pty.ts";
import type { Testbed } from "../testbed.ts";

/** Pulls the cable, and with it the gateway's path, whoever made that. */
export async function pull({ mcu, link }: Testbed): Promise<void> {
  await mcu.control({ kind: "unplug" });
  rmSync(link, { force: true });
}

/** Puts it back, at the gateway's path. */
export async function putBack({ mcu, link }: Testbed): Promise<void> {
  await mcu.control({ kind: "plug", link });
}

/** Pulls the cable and puts it back so many requests later, at a tty of another number. */
export async function replugElsewhere(testbed: Testbed, requests: number): Promise<void> {
  const oldNumber = ptyNumber(testbed.mcu.tty);
  await pull(testbed);
  // A new pseudo-terminal gets the lowest number that is free: these take all up to the old one, if nobody else has it.
  const others: Pty[] = [];
  do others.push(await openPty({ onBytes: () => {} }));
  while (ptyNumber(others.at(-1)?.path) < oldNumber);
  await testbed.lasts(requests);
  await putBack(testbed);
  await Promise.all(others.map((other) => other.close()));
}

/** Pulls the cable and puts it back; the gateway's path leads to the tty only when `prepare` has had it. */
export async function replug(testbed: Testbed, prepare: (tty: string) => void | Promise<void>): Promise<void> {
  const { mcu, link, folder } = testbed;
  await pull(testbed);
  await mcu.control({ kind: "plug", link: join(folder, "elsewhere") });
  await prepare(mcu.tty);
  symlinkSync(mcu.tty, link);
}

/**
 * Pulls the cable and puts it back, where a program has the tty already and keeps it for so many requests. `holder` is
 * the command line but for the tty; it has to say something when it has the tty, and to end when its input does.
 */
export async function replugHeld(testbed: Testbed, requests: number, holder: (tty: string) => string[]): Promise<void> {
  let release = async () => {};
  await replug(testbed, async (tty) => {
    const [file = "", ...args] = holder(tty);
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(child, "close");
    release = async () => {
      child.stdin.end();
      await ended;
    };
    await Promise.race([once(child.stdout, "data"), ended.then(() => Promise.reject(new Error(`${file} ended`)))]);
  });
  await testbed.lasts(requests);
  await release();
}

function ptyNumber(path: string | undefined): number {
  return Number(path?.slice("/dev/pts/".length));
}
