import { formatFinding } from "../config/findings.ts";
import { loadSettings } from "../config/load.ts";
import { noSuchBoard } from "../config/no-such-board.ts";
import type { Settings } from "../config/options.ts";
import { reasons } from "../core/outcome.ts";
import {
  type PayloadPatterns,
  type PayloadRule,
  type PayloadVerdict,
  payloadRules,
} from "../protocol/payload-rules.ts";
import { printable } from "../runtime/text.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";

/**
 * `rrpc-gateway check --payload TEXT FILE`: what `rrpc.allow` and `rrpc.deny` do with a payload, a line for each board, or for
 * `only`. The file alone is read: what it names says nothing of this. Exit code 0 where every board named may be sent it, 1 where one
 * may not, 78 where the file is bad.
 */
export function checkPayload(file: string, payload: string, only: string | undefined): number {
  const loaded = loadSettings(file);
  if (loaded.kind === "refused") {
    for (const finding of loaded.findings) console.error(formatFinding(finding));
    return exitCodes.config;
  }
  const boards = rulesOf(loaded.settings);
  const named = only === undefined ? boards : boards.filter(({ name }) => name === only);
  if (only !== undefined && named.length === 0) {
    const names = Object.keys(loaded.settings.boards);
    const problem = names.length === 0 ? "the file has no boards by name: leave --board out" : noSuchBoard(only, names);
    return fail("check", exitCodes.usage, [problem]);
  }
  const verdicts = named.map(({ name, patterns }) => {
    const verdict: PayloadVerdict = payloadRules(patterns)?.judge(Buffer.from(payload)) ?? {
      kind: "allowed",
      by: undefined,
    };
    const whose = name === undefined ? "" : `${name}: `;
    console.log(`${whose}"${printable(payload)}": ${verdictText(verdict, patterns)}`);
    return verdict;
  });
  return verdicts.every(({ kind }) => kind === "allowed") ? exitCodes.ok : exitCodes.failed;
}

/** Of each board, by its name where it has one. */
function rulesOf({
  boards,
  rrpc,
}: Settings): readonly { readonly name?: string; readonly patterns: PayloadPatterns }[] {
  const named = Object.entries(boards);
  return named.length === 0 ? [{ patterns: rrpc }] : named.map(([name, board]) => ({ name, patterns: board.rrpc }));
}

function verdictText(verdict: PayloadVerdict, patterns: PayloadPatterns): string {
  const refused = `refused (${reasons.not_allowed.code} / not_allowed)`;
  switch (verdict.kind) {
    case "allowed":
      if (verdict.by !== undefined) return `allowed by ${ruleText(verdict.by, patterns)}`;
      return patterns.deny === undefined
        ? "allowed: there is neither rrpc.allow nor rrpc.deny"
        : "allowed: no pattern of rrpc.deny matches, and there is no rrpc.allow";
    case "denied":
      return `${refused} by ${ruleText(verdict.by, patterns)}`;
    case "not_listed":
      return `${refused}: no pattern of rrpc.allow matches`;
    case "no_text":
      return `${refused}: its bytes are no UTF-8 text`;
    default:
      return verdict satisfies never;
  }
}

/** Such as `rrpc.deny, pattern 2: reset.*`. */
function ruleText({ list, index }: PayloadRule, patterns: PayloadPatterns): string {
  return `rrpc.${list}, pattern ${index + 1}: ${patterns[list]?.[index]}`;
}
