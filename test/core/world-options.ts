import type { Output } from "../../src/core/output.ts";
import type { CreateCore } from "./board-under-test.ts";
import type { Coverage } from "./coverage.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import type { Kind } from "./kinds.ts";
import type { Timeline } from "./timeline.ts";

export interface WorldOptions {
  readonly coverage: Coverage;
  /** Which entries of its fault schedule are left out. */
  readonly without?: ReadonlySet<number>;
  /** Takes what happens, line by line. */
  readonly tell?: (line: string) => void;
  readonly createCore?: CreateCore;
  /** What it may have besides the faults that each has; the usual ones where it is not said. */
  readonly kinds?: ReadonlySet<Kind>;
  /** Given where it is one board of several. */
  readonly company?: Company;
}

/** What the world of one board shares with those of others. */
export interface Company {
  readonly timeline: Timeline;
  /** What befalls it is drawn for all boards together. */
  readonly process: GatewayProcess;
  /** The number of its first request: no two boards have a payload or an answer in common. */
  readonly firstNumber: number;
  /** What `run` tells the gateway concerns this board, and not the session. */
  readonly ofOne: (run: () => void) => void;
  /** Takes what comes out of the gateway for this board. */
  readonly onOutput: (output: Output) => void;
}
