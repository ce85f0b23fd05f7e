import { dirname, resolve } from "node:path";
import { fileBytesMax } from "./load.ts";
import type { Settings } from "./options.ts";
import { readYaml } from "./reading.ts";
import { readTextFile } from "./text-file.ts";

/** What a configuration file says, without the files that it names and without a word about what is wrong with the rest; or why not. */
export type FileSettings =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "none"; readonly why: string };

export function readSettings(file: string): FileSettings {
  const source = readTextFile(file, fileBytesMax);
  if (source.kind === "unreadable")
    return { kind: "none", why: `${file}: expected a readable configuration file, found ${source.found}` };
  const { settings } = readYaml(source.text, dirname(resolve(file)));
  if (settings === undefined)
    return { kind: "none", why: `${file}: not a configuration: rrpc-gateway check says where` };
  return { kind: "settings", settings };
}
