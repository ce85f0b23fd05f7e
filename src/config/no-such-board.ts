import { shownName } from "../runtime/board-name.ts";
import { printable } from "../runtime/text.ts";
import { meantHint } from "./nearest.ts";

/** As many names as are read at a glance. */
const namesMax = 12;

/** What to tell whoever asks for a board that the configuration does not have. */
export function noSuchBoard(name: string, boards: readonly string[]): string {
  if (boards.every((board) => shownName(board) === undefined))
    return `there is no board ${printable(name)}: the configuration has only one, which needs no name`;
  const more = boards.length > namesMax ? ` and ${boards.length - namesMax} more` : "";
  const known = `${boards.slice(0, namesMax).join(", ")}${more}`;
  return `there is no board ${printable(name)}${meantHint(name, boards)}; the boards are: ${known}`;
}
