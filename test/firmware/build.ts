import { execFileSync } from "node:child_process";

const LIBRARY = new URL("../../deploy/firmware", import.meta.url).pathname;

const folders = {
  "bare-metal": `${LIBRARY}/examples/bare-metal`,
  /** The sketch, which the library's own Makefile builds. */
  rrpc_board: LIBRARY,
} as const;

/** The sizes that an image is compiled with, and the folder that it goes to, relative to the Makefile's. */
export interface Variant {
  readonly folder: string;
  readonly sizes: string;
}

/** Compiles an example with its cross compiler (.ci/run has the Debian packages); the path of the image `file`. */
export function buildExample(example: keyof typeof folders, file: string, variant?: Variant): string {
  const folder = variant?.folder ?? "build";
  const sizes = variant === undefined ? [] : [`SIZES=${variant.sizes}`];
  const make = ["make", "-s", "-C", folders[example], `BUILD=${folder}`, ...sizes, `${folder}/${file}`];
  // Several test files want it at once: the first one compiles, and the others find it made.
  execFileSync("flock", [`${folders[example]}/Makefile`, ...make], { stdio: ["ignore", "ignore", "inherit"] });
  return `${folders[example]}/${folder}/${file}`;
}
