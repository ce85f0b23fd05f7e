import type { Group } from "./option.ts";
import { options } from "./options.ts";

/**
 * Whether the dotted name is an option or a group, or what one of `boards` has of them: else it is a word of the file, in which
 * anything may stand.
 */
export function isOptionPath(path: string, boards: readonly string[]): boolean {
  const [first = "", name, ...rest] = path.split(".");
  if (first !== "boards") return isIn(options, path.split("."));
  if (name === undefined) return true;
  return boards.includes(name) && (rest.length === 0 || isIn(options.options.boards.section, rest));
}

function isIn(group: Group, [key = "", ...rest]: readonly string[]): boolean {
  const option = Object.hasOwn(group.options, key) ? group.options[key] : undefined;
  if (option === undefined || rest.length === 0) return option !== undefined;
  return option.kind === "group" && isIn(option, rest);
}
