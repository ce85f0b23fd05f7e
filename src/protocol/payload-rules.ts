/** Which payloads callers may send to a board. */
import { compileRe2 } from "./re2.ts";

/** Patterns as the configuration has them; undefined where it has no such list. */
export interface PayloadPatterns {
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[] | undefined;
}

/** One of the patterns: the list that it is in, and its index there. */
export interface PayloadRule {
  readonly list: keyof PayloadPatterns;
  readonly index: number;
}

export type PayloadVerdict =
  /** `by` is undefined where no pattern says so: there is no list of what is allowed. */
  | { readonly kind: "allowed"; readonly by: PayloadRule | undefined }
  | { readonly kind: "denied"; readonly by: PayloadRule }
  /** There is a list of what is allowed, and no pattern of it matches. */
  | { readonly kind: "not_listed" }
  /** Its bytes are no UTF-8 text, which a pattern could be matched with. */
  | { readonly kind: "no_text" };

export interface PayloadRules {
  readonly judge: (payload: Buffer) => PayloadVerdict;
}

/**
 * A pattern matches the whole of a payload, read as UTF-8. What `deny` matches is refused, whatever `allow` says; with `allow`, so is
 * what that does not match; and with either, bytes that are no UTF-8: the hub's API sends text only, so they come from elsewhere, and
 * as other characters they could slip past a pattern.
 *
 * @returns undefined where there is nothing to match
 * @throws if a pattern cannot be compiled: that is a bug of the caller, who has checked them with `unusablePatterns`
 */
export function payloadRules({ allow, deny }: PayloadPatterns): PayloadRules | undefined {
  if (allow === undefined && (deny === undefined || deny.length === 0)) return undefined;
  const denied = (deny ?? []).map(matching);
  const allowed = allow?.map(matching);
  return {
    judge(payload) {
      const text = payload.toString();
      if (!Buffer.from(text).equals(payload)) return { kind: "no_text" };
      const deniedBy = denied.findIndex((matches) => matches(text));
      if (deniedBy >= 0) return { kind: "denied", by: { list: "deny", index: deniedBy } };
      if (allowed === undefined) return { kind: "allowed", by: undefined };
      const allowedBy = allowed.findIndex((matches) => matches(text));
      return allowedBy >= 0 ? { kind: "allowed", by: { list: "allow", index: allowedBy } } : { kind: "not_listed" };
    },
  };
}

/**
 * Instructions of all patterns of a list. A payload that fits into the longest line by default, 256 bytes, then costs at most 10 ms a
 * list where every pattern is of the worst kind (measured: 20 ns for each byte and instruction), and some µs with usual ones.
 */
const instructionsMax = 2048;

/** The patterns of a list that cannot be used, by their indexes, and why. */
export function unusablePatterns(
  sources: readonly string[],
): readonly { readonly index: number; readonly why: string }[] {
  let instructions = 0;
  return sources.flatMap((source, index) => {
    const compiled = compileRe2(source);
    if (compiled.kind === "unusable") return [{ index, why: compiled.why }];
    const isFull = instructions > instructionsMax;
    instructions += compiled.re2.programSize();
    return !isFull && instructions > instructionsMax ? [{ index, why: "one with which the list is too large" }] : [];
  });
}

function matching(source: string): (text: string) => boolean {
  const compiled = compileRe2(source);
  if (compiled.kind === "unusable") throw new Error(`no pattern: ${compiled.why}`);
  const { re2 } = compiled;
  return (text) => re2.testExact(text);
}
