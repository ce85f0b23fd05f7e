import { isOptionPath } from "../config/option-path.ts";
import type { FilePlace } from "../remote/answer.ts";

/**
 * A place in the configuration file as the cloud is told it: no word that only the file has.
 *
 * @param boards the names that are known already
 */
export function shownPlace({ line, column, path }: Required<FilePlace>, boards: readonly string[]): FilePlace {
  return { line, column, ...(isOptionPath(path, boards) && { path }) };
}
