/** Reads a small file that an operator has named: bounded, never blocked by a pipe, without exceptions for what can happen. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/**
 * `mode` has the permission bits. `found` says in words what is there instead of a readable text; `at` is the place, from 1, if a single
 * character is wrong.
 */
export type TextFile =
  | { readonly kind: "text"; readonly text: string; readonly mode: number }
  | {
      readonly kind: "unreadable";
      readonly code: "unreadable" | "denied";
      readonly found: string;
      readonly at?: { readonly line: number; readonly column: number };
    };

export function readTextFile(path: string, bytesMax: number): TextFile {
  if (path.includes("\0")) return { kind: "unreadable", code: "unreadable", found: "no such file: its path has a NUL" };
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would block for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isDirectory())
      return { kind: "unreadable", code: "unreadable", found: `a folder (name a file in it): ${path}` };
    if (!stat.isFile()) return { kind: "unreadable", code: "unreadable", found: `no regular file: ${path}` };
    if (stat.size > bytesMax)
      return { kind: "unreadable", code: "unreadable", found: `${stat.size} bytes (at most ${bytesMax}): ${path}` };
    const bytes = readAll(descriptor, bytesMax);
    const text = decode(bytes);
    return text === undefined ? notText(bytes, path) : { kind: "text", text, mode: stat.mode & 0o777 };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const code = error.code === "EACCES" ? "denied" : "unreadable";
    return { kind: "unreadable", code, found: `${reasons[error.code] ?? error.code}: ${path}` };
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

/** Undefined if it is not UTF-8 or contains a NUL, as binary files do. */
function decode(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Says what the file is instead: text in another encoding, or a binary file. */
function notText(bytes: Uint8Array, path: string): TextFile {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return { kind: "unreadable", code: "unreadable", found: `UTF-16 text (save it as UTF-8): ${path}` };
  // The only control bytes in text are BEL to CR, and ESC.
  if (bytes.some((byte) => byte < 0x07 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)))
    return { kind: "unreadable", code: "unreadable", found: `a binary file: ${path}` };
  // Decoding replaces a wrong byte by U+FFFD, so from there on encoding the text again gives other bytes.
  const again = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const offset = bytes.findIndex((byte, index) => byte !== again[index]);
  const before = new TextDecoder().decode(bytes.subarray(0, offset)).split(/\r\n|\r|\n/);
  const at = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const byte = `0x${bytes[offset]?.toString(16)}`;
  return {
    kind: "unreadable",
    code: "unreadable",
    at,
    found: `a byte that is not UTF-8, ${byte} (save it as UTF-8): ${path}`,
  };
}
