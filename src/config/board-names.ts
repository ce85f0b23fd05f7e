import { dirname, resolve } from "node:path";
import { soleBoard } from "../runtime/board-name.ts";
import { fileBytesMax } from "./load.ts";
import { readYaml } from "./reading.ts";
import { readTextFile } from "./text-file.ts";

/** The names of a file's boards, whatever else is wrong in it; undefined where it cannot be read, or is no configuration. */
export function boardNames(file: string): readonly string[] | undefined {
  const source = readTextFile(file, fileBytesMax);
  if (source.kind === "unreadable") return undefined;
  const { settings } = readYaml(source.text, dirname(resolve(file)));
  if (settings === undefined) return undefined;
  const names = Object.keys(settings.boards);
  return names.length === 0 ? [soleBoard] : names;
}
