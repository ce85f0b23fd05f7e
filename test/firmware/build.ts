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

const optiboot = "/usr/share/arduino/hardware/arduino/avr/bootloaders/optiboot";

/**
 * Compiles the Arduino Uno's boot loader from Debian's arduino-core-avr into this folder; the path of its Intel HEX file. It is
 * linked for a section of 1 KB: what Debian's compiler makes of it is 20 bytes longer than the usual 512, and so is the file in the package.
 */
export function buildOptiboot(folder: string): string {
  const [elf, hex] = [`${folder}/optiboot.elf`, `${folder}/optiboot.hex`];
  const options = ["-Os", "-fno-inline-small-functions", "-fno-split-wide-types", "-mshort-calls", "-mmcu=atmega328p"];
  const defines = ["-DF_CPU=16000000L", "-DBAUD_RATE=115200", "-DLED_START_FLASHES=3"];
  const sections = ["-Wl,--section-start=.text=0x7c00", "-Wl,--section-start=.version=0x7ffe", "-Wl,--relax"];
  const link = [...sections, "-nostartfiles", "-nostdlib"];
  execFileSync("avr-gcc", [...options, ...defines, ...link, "-o", elf, `${optiboot}/optiboot.c`]);
  const loaded = ["-j", ".text", "-j", ".version", "--set-section-flags", ".version=alloc,load"];
  execFileSync("avr-objcopy", [...loaded, "-O", "ihex", elf, hex]);
  return hex;
}

/** Several test files may want the same at once: the first one compiles, and the others find it made. */
function make(folder: string, ...args: readonly string[]): void {
  const command = [`${folder}/Makefile`, "make", "-s", "-C", folder, ...args];
  execFileSync("flock", command, { stdio: ["ignore", "ignore", "inherit"] });
}
