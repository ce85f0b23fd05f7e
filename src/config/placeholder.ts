/** Finds values that somebody expects to be substituted, which never happens here, and paths that cannot be meant. */
import { lstatSync } from "node:fs";
import { resolve } from "node:path";
import { isPrintableAscii } from "../runtime/text.ts";
import { type Mismatch, quoted } from "./findings.ts";
import { expectedOf, type Option } from "./option.ts";

/** How a value is written in the file, and the file's folder. */
interface Place {
  readonly folder: string;
  /** Without quotes. */
  readonly isPlain: boolean;
}

/** Undefined for a value that can be meant as it is written. */
export function placeholderIn(option: Option, text: string, place: Place): Mismatch | undefined {
  if (option.kind === "text" && (option.secret || option.isVerbatim)) return undefined;
  const found = quoted(text);
  if (/\$\{[^}]*\}|\{\{/.test(text) || (option.kind === "path" && /^\$[A-Za-z_]/.test(text))) {
    return { expected: `${expectedOf(option)} (nothing is substituted in this file; envsubst can write it)`, found };
  }
  return option.kind === "path" ? pathVerdict(text, option.isDevice ?? false, place) : undefined;
}

function pathVerdict(text: string, isDevice: boolean, { folder, isPlain }: Place): Mismatch | undefined {
  const found = quoted(text);
  if (/^~[\w-]*(?:\/|$)/.test(text)) return { expected: "a path without ~, which only a shell replaces", found };
  const [scheme] = /^[a-z]+:\/\//i.exec(text) ?? [];
  if (scheme !== undefined) return { expected: "a path, not a URL", found: `${found} (leave out ${scheme})` };
  if (isDevice && /^(?:\\\\\.\\)?COM[0-9]+:?$/i.test(text))
    return { expected: "a port as Linux names it, such as /dev/ttyUSB0 (ls -l /dev/serial/by-id)", found };
  if (/^[A-Za-z]:\\|^\\\\/.test(text)) return { expected: "a path of this machine, such as /etc/file", found };
  const isThere = () => isEntry(resolve(folder, text));
  if (isDevice && /^(?:tty[A-Za-z]|serial\/|dev\/|by-id\/)/.test(text) && !isThere()) {
    const meant = { expected: "the whole path", found: `${found} (write ${deviceOf(text)})` };
    // A bare name is one of the kernel's. A path may be a link beside this file, which comes and goes with the adapter.
    return text.includes("/") ? { ...meant, severity: "warning" } : meant;
  }
  // Stray characters (see stray-characters.ts), which YAML takes for a part of the path.
  if (
    isPlain &&
    !isPrintableAscii(text) &&
    /[\p{Z}\p{Cf}\u0085]|^[\u2018-\u201f\u00ab\u00bb]/u.test(text.replaceAll(" ", "")) &&
    !isThere()
  )
    return { expected: "quotes around a path with such a character", found };
  return undefined;
}

/** True as well if it cannot be seen. A link may lead to nothing yet: the adapter may be plugged in later. */
function isEntry(path: string): boolean {
  if (path.includes("\0")) return false;
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function deviceOf(text: string): string {
  if (text.startsWith("dev/")) return `/${text}`;
  return text.startsWith("by-id/") ? `/dev/serial/${text}` : `/dev/${text}`;
}
