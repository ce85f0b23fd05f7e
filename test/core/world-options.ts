import type { Coverage } from "./coverage.ts";
import type { CreateCore } from "./gateway-process.ts";
import type { Kind } from "./kinds.ts";

export interface WorldOptions {
  readonly coverage: Coverage;
  /** Which entries of its fault schedule are left out. */
  readonly without?: ReadonlySet<number>;
  /** Takes what happens, line by line. */
  readonly tell?: (line: string) => void;
  readonly createCore?: CreateCore;
  /** What it may have besides the faults that each has; the usual ones where it is not said. */
  readonly kinds?: ReadonlySet<Kind>;
}
