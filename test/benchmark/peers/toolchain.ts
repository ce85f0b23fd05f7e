// The comparison's C programs, compiled where Debian's packages are there, and what is missing where they are not.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const python = "/usr/bin/python3";

export interface Toolchain {
  /** The paced MCU's program; undefined without a compiler. */
  readonly mcu: string | undefined;
  /** The C bridge's program. */
  readonly c: string | undefined;
  /** The interpreter that has the Python bridge's packages. */
  readonly python: string | undefined;
  /** One sentence for each part that is left out, with Debian's name of the missing package. */
  readonly leftOut: readonly string[];
}

/** @param folder where the compiled programs go */
export function openToolchain(folder: string): Toolchain {
  const leftOut: string[] = [];
  const have = (part: string, packages: Readonly<Record<string, () => boolean>>): boolean => {
    const missing = Object.keys(packages).find((name) => packages[name]?.() !== true);
    if (missing !== undefined) leftOut.push(`${part} left out: the Debian package ${missing} is not installed`);
    return missing === undefined;
  };
  const compiler = { gcc: () => succeeds("gcc", ["--version"]), "libc6-dev": () => hasHeader("stdio.h") };
  const hasMcu = have("all peers", compiler);
  const hasC = hasMcu && have("C", { "libmosquitto-dev": () => hasHeader("mosquitto.h") });
  const hasPython = have("Python", {
    python3: () => succeeds(python, ["--version"]),
    "python3-paho-mqtt": () => succeeds(python, ["-c", "import paho.mqtt.client"]),
    "python3-serial": () => succeeds(python, ["-c", "import serial"]),
  });
  return {
    mcu: hasMcu ? compile("paced-mcu", folder) : undefined,
    c: hasC ? compile("c-bridge", folder, "-lmosquitto") : undefined,
    python: hasPython ? python : undefined,
    leftOut,
  };
}

function hasHeader(name: string): boolean {
  return succeeds("gcc", ["-E", "-o", "/dev/null", "-xc", "-"], `#include <${name}>\n`);
}

function succeeds(command: string, args: readonly string[], input = ""): boolean {
  return spawnSync(command, args, { input, stdio: ["pipe", "ignore", "ignore"] }).status === 0;
}

function compile(name: string, folder: string, ...libraries: readonly string[]): string {
  const program = join(folder, name);
  const source = join(import.meta.dirname, `${name}.c`);
  const flags = ["-std=c17", "-D_DEFAULT_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"];
  const { status, error } = spawnSync("gcc", [...flags, "-o", program, source, ...libraries], { stdio: "inherit" });
  if (status !== 0) throw new Error(`gcc cannot compile ${name}.c: ${error?.message ?? `exit code ${status}`}`);
  return program;
}
