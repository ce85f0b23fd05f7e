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
  make(folders[example], `BUILD=${folder}`, ...sizes, `${folder}/${file}`);
  return `${folders[example]}/${folder}/${file}`;
}

/** Compiles a program of the library's own Makefile; its path. */
export function buildOfLibrary(program: string): string {
  make(LIBRARY, `build/${program}`);
  return `${LIBRARY}/build/${program}`;
}

/** Several test files may want the same at once: the first one compiles, and the others find it made. */
function make(folder: string, ...args: readonly string[]): void {
  const command = [`${folder}/Makefile`, "make", "-s", "-C", folder, ...args];
  execFileSync("flock", command, { stdio: ["ignore", "ignore", "inherit"] });
}
