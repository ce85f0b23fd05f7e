import { execFileSync } from "node:child_process";

const EXAMPLE = new URL("../../deploy/firmware/examples/avr", import.meta.url).pathname;

/** Compiles the plain-AVR example (needs make, gcc-avr and avr-libc); the path of its Intel HEX file. */
export function buildExample(): string {
  execFileSync("make", ["-s", "-C", EXAMPLE, "build/fw.hex"], { stdio: ["ignore", "ignore", "inherit"] });
  return `${EXAMPLE}/build/fw.hex`;
}
