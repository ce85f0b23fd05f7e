/** From a configuration's text to its settings, or to all that is wrong with the text, its options and its rules. */
import { parseYaml } from "./document.ts";
import type { Position, Verdict } from "./findings.ts";
import type { Settings } from "./options.ts";
import { rules } from "./rules.ts";
import { readSettings } from "./settings.ts";
import { repairStray } from "./stray-characters.ts";

type Problem = Verdict & Position & { readonly path: string };

/** `settings` is undefined where the text is no YAML. */
export interface Reading {
  readonly settings: Settings | undefined;
  readonly problems: readonly Problem[];
  /** Where an option stands, or else the group that it would stand in. */
  readonly positionOf: (path: string) => Position;
}

/** How well a text can be read, to compare two by. */
interface Attempt extends Reading {
  /** How far the parser came. */
  readonly refusedAt: Position | undefined;
  readonly optionFaults: number;
  readonly ruleFaults: number;
}

const start: Position = { line: 1, column: 1 };

/**
 * Relative paths are resolved against `folder`. Characters that look like others are told only where they are the cause: a
 * text that is good as it stands means every one of them.
 */
export function readYaml(text: string, folder: string): Reading {
  const written = attempt(text, folder);
  if (written.settings !== undefined && written.optionFaults + written.ruleFaults === 0) return written;
  const repaired = repairStray(text);
  if (repaired.problems.length === 0) return written;
  const mended = attempt(repaired.text, folder);
  const strays = repaired.problems.map((problem) => ({ ...problem, path: "" }));
  if (!isBetter(mended, written)) {
    const suspects = strays.filter(({ line }) => line === written.refusedAt?.line);
    return suspects.length === 0 ? written : { ...written, problems: suspects };
  }
  // What the parser refuses of it still may follow from the repair.
  return { ...mended, problems: mended.settings === undefined ? strays : [...strays, ...mended.problems] };
}

function attempt(text: string, folder: string): Attempt {
  const document = parseYaml(text);
  if (document.kind === "refused") {
    const problems = document.problems.map((problem) => ({ ...problem, path: "" }));
    const { refusedAt } = document;
    return { settings: undefined, problems, positionOf: () => start, refusedAt, optionFaults: 0, ruleFaults: 0 };
  }
  const read = readSettings(document.root, document.positionOf, folder);
  const { settings, isFaulty, isGiven, positionOf } = read;
  const broken = rules.flatMap((rule): readonly Problem[] => {
    if (rule.reads.some(isFaulty)) return [];
    const verdict = rule.check(settings, isGiven);
    if (verdict === undefined) return [];
    const path = typeof rule.at === "string" ? rule.at : rule.at(isGiven, settings);
    return [{ ...verdict, ...positionOf(path), path }];
  });
  const problems = [...read.problems, ...broken];
  const [optionFaults, ruleFaults] = [read.problems, broken].map((list) => list.filter(isFault).length);
  return {
    settings,
    problems,
    positionOf,
    refusedAt: undefined,
    optionFaults: optionFaults ?? 0,
    ruleFaults: ruleFaults ?? 0,
  };
}

const isFault = ({ severity = "fault" }: Verdict) => severity === "fault";

function isBetter(one: Attempt, other: Attempt): boolean {
  if (one.refusedAt !== undefined && other.refusedAt !== undefined) {
    const lines = one.refusedAt.line - other.refusedAt.line;
    return lines > 0 || (lines === 0 && one.refusedAt.column > other.refusedAt.column);
  }
  if (one.refusedAt !== undefined || other.refusedAt !== undefined) return one.refusedAt === undefined;
  const optionFaults = one.optionFaults - other.optionFaults;
  return optionFaults < 0 || (optionFaults === 0 && one.ruleFaults < other.ruleFaults);
}
