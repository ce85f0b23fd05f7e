import { statSync } from "node:fs";
import { attempt } from "../host/attempt.ts";

/** Says that no gateway has answered, and what to do; a file that is not there may be a slip in its path. */
export function noGatewayText(config: string): string {
  const text = `no gateway with ${config} answers, in this container or on this machine`;
  // Of a folder that this user may not look into nothing is known.
  const isAbsent = attempt(() => statSync(config, { throwIfNoEntry: false }) === undefined) === true;
  return isAbsent
    ? `${text}; there is no such file here`
    : `${text}; rrpc-gateway doctor --config ${config} finds what keeps it from running`;
}
