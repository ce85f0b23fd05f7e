import { RE2JS, RE2JSException } from "re2js";

/**
 * Patterns that an operator writes, and that are matched with what a device or a caller sends. RE2JS and not JavaScript's own
 * expressions: those backtrack, and a device that babbles could hold the daemon for hours in a pattern that looks harmless. Its
 * price is 12 ms at start and 2 MiB (measured): what is built loads it at the first pattern (deploy/re2js-on-demand.cjs).
 */
export type CompiledRe2 =
  | { readonly kind: "compiled"; readonly re2: RE2JS }
  | { readonly kind: "unusable"; readonly why: string };

/**
 * Matching takes at most some 50 ns for each byte and instruction (measured), so a device that floods a line of 115 200
 * baud with the worst of lines costs 15 % of a core. A usual pattern has fewer than 100 instructions.
 */
const instructionsMax = 256;

/** Compiles `source`, RE2's syntax; `.` is any character, also a line end. */
export function compileRe2(source: string): CompiledRe2 {
  try {
    const re2 = RE2JS.compile(source, RE2JS.DOTALL);
    if (re2.programSize() > instructionsMax) return { kind: "unusable", why: "one that is too large" };
    return { kind: "compiled", re2 };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { kind: "unusable", why: error.message.replace("error parsing regexp: ", "").replace("`(?s)", "`") };
  }
}
