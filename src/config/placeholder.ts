/** Values that somebody expects to be replaced: nothing in this file is. */
import { quoted, type Verdict } from "./findings.ts";
import { expectedOf, type Option } from "./option.ts";

/** Undefined for a value that says what it means. */
export function placeholderIn(option: Option, text: string): Verdict | undefined {
  if (option.kind === "text" && (option.secret || option.isVerbatim)) return undefined;
  const found = quoted(text);
  if (/\$\{[^}]*\}|\{\{/.test(text) || (option.kind === "path" && /^\$[A-Za-z_]/.test(text))) {
    return { expected: `${expectedOf(option)} (nothing is substituted in this file; envsubst can write it)`, found };
  }
  return option.kind === "path" ? pathVerdict(text, option.isDevice ?? false) : undefined;
}

function pathVerdict(text: string, isDevice: boolean): Verdict | undefined {
  const found = quoted(text);
  if (/^~[\w-]*(?:\/|$)/.test(text)) return { expected: "a path without ~, which only a shell replaces", found };
  const [scheme] = /^[a-z]+:\/\//i.exec(text) ?? [];
  if (scheme !== undefined) return { expected: "a path, not a URL", found: `${found} (leave out ${scheme})` };
  if (isDevice && /^(?:\\\\\.\\)?COM[0-9]+:?$/i.test(text))
    return { expected: "a port as Linux names it, such as /dev/ttyUSB0 (ls -l /dev/serial/by-id)", found };
  if (/^[A-Za-z]:\\|^\\\\/.test(text)) return { expected: "a path of this machine, such as /etc/file", found };
  if (isDevice && /^(?:tty[A-Za-z]|serial\/|dev\/|by-id\/)/.test(text))
    return { expected: "the whole path", found: `${found} (write ${deviceOf(text)})` };
  return undefined;
}

function deviceOf(text: string): string {
  if (text.startsWith("dev/")) return `/${text}`;
  return text.startsWith("by-id/") ? `/dev/serial/${text}` : `/dev/${text}`;
}
