import { type BoardDownReason, describeBoardDown } from "../../iot-hub/board-hints.ts";
import { type Finding, fault, ok } from "../finding.ts";

/** What the hub says of a board's device, while there is a session. */
export type OnlineFacts = { readonly kind: "online" } | BoardDownReason;

const id = "board.online";

/** The hub's codes, as they are. */
const codes = { notBound: -1 };

/**
 * Whether the hub passes the board's calls on.
 *
 * @param who says so, such as `our own gateway (process 7) says: `; empty where the hub has said it to doctor
 * @param bindsItself whether the gateway binds the device with a secret, which doctor does not
 */
export function checkOnline(facts: OnlineFacts, who: string, bindsItself: boolean): Finding {
  if (facts.kind === "online") return ok(id, "online", `${who}online, and its requests come`);
  const { what, advice } = describeBoardDown(facts);
  const isUnbound = facts.kind === "refused" && facts.operation === "online" && facts.code === codes.notBound;
  if (who === "" && isUnbound && bindsItself)
    return ok(id, "not_bound_yet", `${what}; the gateway binds it at its start, with the secret in device.secretFile`);
  // What keeps the board away has a finding of its own.
  return facts.kind === "absent" ? ok(id, "absent", who + what) : fault(id, facts.kind, who + what, advice);
}
