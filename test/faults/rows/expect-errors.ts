import type { Reason } from "../../../src/core/outcome.ts";
import type { RemoteRefusal } from "../../../src/core/report.ts";
import type { Figures } from "../ledger.ts";

/** Throws unless each of these errors was among the responses: without them the fault did not bite. */
export function expectErrors({ errors }: Figures, ...reasons: (Reason | RemoteRefusal)[]): void {
  const seen = [...errors.keys()].map((name) => name.split(" ").at(-1));
  const missing = reasons.filter((reason) => !seen.includes(reason));
  if (missing.length > 0) throw new Error(`no response said ${missing.join(", ")}`);
}

/** Throws where a response said anything else than these errors. */
export function expectOnlyErrors({ errors }: Figures, ...reasons: (Reason | RemoteRefusal)[]): void {
  const others = [...errors.keys()].filter((name) => !reasons.some((reason) => name.endsWith(` ${reason}`)));
  if (others.length > 0) throw new Error(`responses said ${others.join(", ")}`);
}

/** Throws where a response was an error: this fault is one that nobody may notice. */
export function expectNoErrors({ errors }: Figures): void {
  if (errors.size > 0) throw new Error(`responses said ${[...errors.keys()].join(", ")}`);
}
