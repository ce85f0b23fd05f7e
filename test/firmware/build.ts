import { execFileSync } from "node:child_process";

const EXAMPLE = new URL("../../deploy/firmware/examples/avr", import.meta.url).pathname;

/** The sizes that an image is compiled with, and the folder that it goes to, relative to the example's. */
export interface Variant {
  readonly folder: string;
  readonly sizes: string;
}

/** Compiles the plain-AVR example (needs make, gcc-avr and avr-libc); the path of its Intel HEX file. */
export function buildExample(variant?: Variant): string {
  const folder = variant?.folder ?? "build";
  const sizes = variant === undefined ? [] : [`SIZES=${variant.sizes}`];
  const args = ["-s", "-C", EXAMPLE, `BUILD=${folder}`, ...sizes, `${folder}/fw.hex`];
  execFileSync("make", args, { stdio: ["ignore", "ignore", "inherit"] });
  return `${EXAMPLE}/${folder}/fw.hex`;
}
