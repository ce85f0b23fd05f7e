/** Reads a configuration's text into its settings, or into all that is wrong with the text, its options and its rules. */
import { brokenRules } from "./check-rules.ts";
import { parseYaml } from "./document.ts";
import type { Mismatch, Position } from "./findings.ts";
import type { Settings } from "./options.ts";
import { readSettings } from "./settings.ts";
import { repairStray } from "./stray-characters.ts";

type Problem = Mismatch & Position & { readonly path: string };

/** `settings` is undefined if the text is no YAML. */
export interface Reading {
  readonly settings: Settings | undefined;
  readonly problems: readonly Problem[];
  /** Where an option is, or else the group that it would be in. */
  readonly positionOf: (path: string) => Position;
}

/** How well a text can be read, for comparing two texts. */
interface Attempt extends Reading {
  /** How far the parser came. */
  readonly refusedAt: Position | undefined;
  readonly optionFaults: number;
  readonly ruleFaults: number;
}

const start: Position = { line: 1, column: 1 };

/**
 * Relative paths are resolved against `folder`. Characters that look like others are reported only if they are the cause: in a text
 * that is good as it is, they are meant.
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
  // What the parser still refuses may be a consequence of the repair.
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
  const broken = brokenRules(read);
  const problems = [...read.problems, ...broken];
  const [optionFaults, ruleFaults] = [read.problems, broken].map((list) => list.filter(isFault).length);
  return {
    settings: read.settings,
    problems,
    positionOf: read.positionOf,
    refusedAt: undefined,
    optionFaults: optionFaults ?? 0,
    ruleFaults: ruleFaults ?? 0,
  };
}

const isFault = ({ severity = "fault" }: Mismatch) => severity === "fault";

function isBetter(one: Attempt, other: Attempt): boolean {
  if (one.refusedAt !== undefined && other.refusedAt !== undefined) {
    const lines = one.refusedAt.line - other.refusedAt.line;
    return lines > 0 || (lines === 0 && one.refusedAt.column > other.refusedAt.column);
  }
  if (one.refusedAt !== undefined || other.refusedAt !== undefined) return one.refusedAt === undefined;
  const optionFaults = one.optionFaults - other.optionFaults;
  return optionFaults < 0 || (optionFaults === 0 && one.ruleFaults < other.ruleFaults);
}
