import type { CreateCore } from "./gateway-process.ts";
import type { Kind } from "./kinds.ts";
import type { Tally } from "./tally.ts";

export interface WorldOptions {
  readonly tally: Tally;
  /** Which of its happenings are left out. */
  readonly without?: ReadonlySet<number>;
  /** Takes what happens, line by line. */
  readonly tell?: (line: string) => void;
  readonly createCore?: CreateCore;
  /** What it may have besides the troubles that each has; the usual ones where it is not said. */
  readonly kinds?: ReadonlySet<Kind>;
}
