import { compileRe2 } from "./re2.ts";

/** A pattern that a device's lines are matched with. */
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

/** Compiles `source`, RE2's syntax in ASCII; `.` is any byte. */
export function compilePattern(source: string): CompiledPattern {
  const compiled = compileRe2(source);
  if (compiled.kind === "unusable") return compiled;
  const { re2 } = compiled;
  const names = Object.keys(re2.namedGroups());
  const match = (line: string): LineGroups | undefined => {
    const matcher = re2.matcher(line);
    return matcher.matches() ? new Map(names.map((name) => [name, bytesOf(matcher.group(name))])) : undefined;
  };
  return { kind: "pattern", pattern: { names: new Set(names), match } };
}

function bytesOf(text: string | null): Buffer | undefined {
  return text === null ? undefined : Buffer.from(text, "latin1");
}
