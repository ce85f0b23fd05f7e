/** Reading a small file that an operator named: bounded, never blocking on a pipe, never throwing for what can happen. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** `mode` holds the permission bits; `found` says in words what was there instead of a readable text. */
export type TextFile =
  | { readonly ok: true; readonly text: string; readonly mode: number }
  | { readonly ok: false; readonly found: string };

export function readTextFile(path: string, bytesMax: number): TextFile {
  if (path.includes("\0")) return { ok: false, found: "no such file: its path has a NUL" };
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return { ok: false, found: `a folder: ${path}` };
    if (!stat.isFile()) return { ok: false, found: `no regular file: ${path}` };
    if (stat.size > bytesMax) return { ok: false, found: `${stat.size} bytes (at most ${bytesMax}): ${path}` };
    const text = decode(readAll(descriptor, bytesMax));
    if (text === undefined) return { ok: false, found: `bytes that are not UTF-8 text: ${path}` };
    return { ok: true, text, mode: stat.mode & 0o777 };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { ok: false, found: `${reasons[error.code] ?? error.code}: ${path}` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "a file that this user may not read",
  ELOOP: "a circle of links",
  ENAMETOOLONG: "too long a path",
};

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}

function readAll(descriptor: number, bytesMax: number): Uint8Array {
  const buffer = new Uint8Array(bytesMax);
  let filled = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, filled, bytesMax - filled, null);
    filled += count;
    if (count === 0) return buffer.subarray(0, filled);
  }
}

/** Undefined for what is not UTF-8 or has a NUL in it, as binary files do. */
function decode(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
