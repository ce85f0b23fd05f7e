import type { Unseen } from "../../host/command.ts";
import { type Finding, fault, ok, unknown, warning } from "../finding.ts";

/** No copy of this program is older. Where its file's own time says less, this is what is known of the present. */
const writtenAtMs = Date.UTC(2026, 0, 1);

const dayMs = 24 * 60 * 60 * 1000;

/** @param programMs when the program's file was made */
export function checkTime(nowMs: number, programMs: number, needsTime: boolean): Finding {
  const id = "clock.set";
  const builtMs = Math.max(programMs, writtenAtMs);
  const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  // A day, because the program may have been made in another time zone's clock.
  if (nowMs >= builtMs - dayMs) return ok(id, "plausible", `it says ${new Date(nowMs).toISOString().slice(0, 19)}Z`);
  const evidence = `it says ${date(nowMs)}, but this program is from ${date(builtMs)}`;
  const help = "sudo timedatectl set-ntp true, and wait; or: sudo date -s …";
  return needsTime
    ? fault(id, "before_build", `${evidence}: the hub's certificate is not valid yet at that time`, help)
    : warning(id, "before_build", evidence, help);
}

/** Whether something keeps the clock right, and who says so; or why that could not be seen. */
export type SynchronisationFacts =
  | { readonly kind: "known"; readonly isSynchronised: boolean; readonly says: string }
  | Unseen;

export function checkSynchronisation(facts: SynchronisationFacts): Finding {
  const id = "clock.synchronised";
  if (facts.kind === "unseen") return unknown(id, "not_seen", `not visible: ${facts.why}`);
  if (facts.isSynchronised) return ok(id, "synchronised", `synchronised, says ${facts.says}`);
  return warning(
    id,
    "not_synchronised",
    `not synchronised, says ${facts.says}`,
    "sudo timedatectl set-ntp true; timedatectl timesync-status",
  );
}
