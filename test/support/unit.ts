import { readFileSync } from "node:fs";

const unit = readFileSync(new URL("../../rrpc-gateway.service", import.meta.url), "utf8");

/** The options that the unit starts Node.js with, as `NODE_OPTIONS` takes them. */
export function nodeOptionsOfUnit(): string {
  return found(/^ExecStart=\S+ ((?:--\S+ )*)/m).trim();
}

/** The unit's `MemoryMax=`, in MiB. */
export function memoryMaxMiB(): number {
  return Number(found(/^MemoryMax=(\d+)M$/m));
}

function found(pattern: RegExp): string {
  const text = pattern.exec(unit)?.[1];
  if (text === undefined) throw new Error(`nothing in the unit is like ${pattern}`);
  return text;
}
