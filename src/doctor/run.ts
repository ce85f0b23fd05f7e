import type { ProcessFacts } from "../host/processes.ts";
import type { UserIdentity } from "../host/rights.ts";
import type { Unit } from "../host/unit.ts";
import { type Finding, unknown } from "./finding.ts";

/** What the doctor is asked to check. */
export interface DoctorInput {
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whose rights are checked. */
  readonly user: UserIdentity;
  /** The unit that runs the gateway with this configuration, if one does. */
  readonly unit: Unit | undefined;
  /** Whether CONNECT is told even though it kicks our own gateway out. */
  readonly connect: boolean;
  /** Of several boards the only one that is looked at; undefined: all of them. */
  readonly board: string | undefined;
  /** Told what takes a while, or what others may notice. */
  readonly tell: (note: string) => void;
}

/** What the parts of one run share. */
export interface DoctorRun extends DoctorInput {
  readonly processes: readonly ProcessFacts[];
  /** Our own gateway, if it runs: with this configuration. */
  readonly gateway: ProcessFacts | undefined;
}

/** Whether our own gateway is asked instead of the hub, because it would lose its session. */
export function asksGateway(run: DoctorRun): run is DoctorRun & { readonly gateway: ProcessFacts } {
  return run.gateway !== undefined && !run.connect;
}

/** Checks that were left out, for one reason. */
export function* notTried(why: string, ...ids: readonly Finding["id"][]): Generator<Finding> {
  for (const id of ids) yield unknown(id, "not_tried", `not tried: ${why}`);
}
