import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Faults of kernels and hardware that no command can bring about; each source says what it is like. */
export type Shim = "suspend" | "hanging-open" | "uart" | "slow-network";

/** These are programs; the others are for LD_PRELOAD. */
const isProgram = (shim: Shim) => shim === "uart" || shim === "slow-network";

/** The path of the compiled shim, which is kept for the next run. Needs gcc. */
export function compileShim(shim: Shim): string {
  const source = new URL(`${shim}.c`, import.meta.url).pathname;
  const version = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), "rrpc-shims");
  const file = join(folder, `${shim}-${version}${isProgram(shim) ? "" : ".so"}`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const fresh = `${file}.${process.pid}`;
  const shape = isProgram(shim) ? [] : ["-shared", "-fPIC"];
  execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", ...shape, "-o", fresh, source]);
  renameSync(fresh, file);
  return file;
}
