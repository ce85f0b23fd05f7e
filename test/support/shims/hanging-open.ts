import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileShim } from "./compile.ts";

/** Processes that take this environment find a path whose open(2) does not return while the device is sick. */
export interface SickDevice {
  readonly env: Readonly<Record<string, string>>;
  fallIll(): void;
  /** Every open(2) that hangs goes on. */
  recover(): void;
}

/** @param path as the process opens it, or a folder with a slash at its end: every path in it; @param folder for a file of its own */
export function createSickDevice(path: string, folder: string): SickDevice {
  const symptom = join(folder, "opening-hangs");
  return {
    env: { LD_PRELOAD: compileShim("hanging-open"), HANGING_OPEN_PATH: path, HANGING_OPEN_WHILE: symptom },
    fallIll: () => writeFileSync(symptom, ""),
    recover: () => rmSync(symptom, { force: true }),
  };
}
