import { RE2JS, RE2JSException } from "re2js";

/**
 * Patterns that an operator writes and a device's lines are matched with. RE2JS and not JavaScript's own expressions:
 * those backtrack, and a device that babbles could hold the daemon for hours in a pattern that looks harmless. Its
 * price is 12 ms at start and 2 MiB (measured): what is built loads it at the first pattern (deploy/re2js-on-demand.cjs).
 */
export interface LinePattern {
  /** The names of its groups. */
  readonly names: ReadonlySet<string>;
  /** Its groups where it matches the whole of `line`, one character a byte; undefined where it does not. */
  readonly match: (line: string) => LineGroups | undefined;
}

/** What each named group holds: undefined where it took no part in the match. */
export type LineGroups = ReadonlyMap<string, Buffer | undefined>;

export type CompiledPattern =
  | { readonly kind: "pattern"; readonly pattern: LinePattern }
  | { readonly kind: "unusable"; readonly why: string };

/**
 * Matching takes at most some 50 ns for each byte and instruction (measured), so a device that floods a line of 115 200
 * baud with the worst of lines costs 15 % of a core. A usual pattern has fewer than 100 instructions.
 */
const instructionsMax = 256;

/** Compiles `source`, RE2's syntax in ASCII; `.` is any byte. */
export function compilePattern(source: string): CompiledPattern {
  try {
    const compiled = RE2JS.compile(source, RE2JS.DOTALL);
    if (compiled.programSize() > instructionsMax) return { kind: "unusable", why: "one that is too large" };
    const names = Object.keys(compiled.namedGroups());
    const match = (line: string): LineGroups | undefined => {
      const matcher = compiled.matcher(line);
      return matcher.matches() ? new Map(names.map((name) => [name, bytesOf(matcher.group(name))])) : undefined;
    };
    return { kind: "pattern", pattern: { names: new Set(names), match } };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { kind: "unusable", why: error.message.replace("error parsing regexp: ", "").replace("`(?s)", "`") };
  }
}

function bytesOf(text: string | null): Buffer | undefined {
  return text === null ? undefined : Buffer.from(text, "latin1");
}
