/** Checks the rules of `rules.ts`: those of a board for each board, with what stands outside as its defaults. */

import { comparisons } from "./board-comparisons.ts";
import { board } from "./board-options.ts";
import type { Mismatch, Position } from "./findings.ts";
import type { Rule, RulePath, RuleSettings } from "./rule.ts";
import { rules } from "./rules.ts";
import type { ReadSettings } from "./settings.ts";

type Problem = Mismatch & Position & { readonly path: string };

const isOfBoard = (path: RulePath): boolean => Object.hasOwn(board.options, path.split(".")[0] ?? "");

/** In the order of the rules. A rule is skipped where an option that it reads is faulty itself. */
export function brokenRules(read: ReadSettings): readonly Problem[] {
  const names = Object.keys(read.settings.boards);
  const broken = rules.flatMap((rule) =>
    names.length > 0 && rule.reads.some(isOfBoard) ? ofBoards(rule, names, read) : ofFile(rule, read),
  );
  return names.length === 0 ? broken : [...broken, ...comparisons(read)];
}

function ofFile(rule: Rule, { settings, isFaulty, isGiven, positionOf }: ReadSettings): readonly Problem[] {
  if (rule.reads.some(isFaulty)) return [];
  const scope = { ...settings, device: undefined };
  const mismatch = rule.check(scope, isGiven);
  if (mismatch === undefined) return [];
  const path = pathOf(rule, scope, isGiven);
  return [{ ...mismatch, ...positionOf(path), path }];
}

/** What no board has a part in is told once, outside of them. */
function ofBoards(rule: Rule, names: readonly string[], read: ReadSettings): readonly Problem[] {
  const broken = names.flatMap((name) => ofBoard(rule, name, read) ?? []);
  const [first] = broken;
  const isFromOutside = broken.length === names.length && broken.every(({ outside }) => outside !== undefined);
  return isFromOutside && first?.outside !== undefined ? [first.outside] : broken.map(({ own }) => own);
}

/** `outside`: nothing that the rule reads is the board's own. */
function ofBoard(
  rule: Rule,
  name: string,
  read: ReadSettings,
): { readonly own: Problem; readonly outside: Problem | undefined } | undefined {
  const ownPath = (path: RulePath) => (isOfBoard(path) ? `boards.${name}.${path}` : path);
  const isOwn = (path: RulePath) => isOfBoard(path) && read.isGiven(ownPath(path));
  const isGiven = (path: RulePath) => isOwn(path) || read.isGiven(path);
  const isFaulty = (path: RulePath) => read.isFaulty(ownPath(path)) || (!isOwn(path) && read.isFaulty(path));
  if (rule.reads.some(isFaulty)) return undefined;
  const scope: RuleSettings = {
    ...read.settings,
    ...read.settings.boards[name],
    device: read.settings.boards[name]?.device,
  };
  const mismatch = rule.check(scope, isGiven);
  if (mismatch === undefined) return undefined;
  const path = pathOf(rule, scope, isGiven);
  const own = rule.reads.filter(isOwn);
  const [cause = path] = isOwn(path) ? [path] : own;
  const isDefault = !isOwn(path) && read.isGiven(path);
  const found = isDefault ? `${mismatch.found} (${path} is from line ${read.positionOf(path).line})` : mismatch.found;
  return {
    own: { ...mismatch, found, ...read.positionOf(ownPath(cause)), path: ownPath(path) },
    outside: own.length === 0 ? { ...mismatch, ...read.positionOf(path), path } : undefined,
  };
}

const pathOf = ({ at }: Rule, scope: RuleSettings, isGiven: (path: RulePath) => boolean): RulePath =>
  typeof at === "string" ? at : at(isGiven, scope);
