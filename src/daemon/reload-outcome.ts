import type { Finding } from "../config/findings.ts";
import type { ReloadFinding, ReloadOutcome } from "../remote/answer.ts";
import type { ReloadEnd } from "./program.ts";
import { shownPlace } from "./shown-place.ts";

/**
 * What of a reload the cloud is told: of findings where they are, and nothing of the file. Whoever sees the log has the rest.
 *
 * @param boards the names that are known already
 */
export function reloadOutcome(end: ReloadEnd, boards: readonly string[]): ReloadOutcome {
  switch (end.kind) {
    case "taken":
      return { result: "taken", text: end.text };
    case "held":
      return { result: "device_taken" };
    case "refused":
      return { result: "refused", findings: end.findings.map((finding) => shownFinding(finding, boards)) };
    default:
      return end satisfies never;
  }
}

function shownFinding({ severity, code, ...place }: Finding, boards: readonly string[]): ReloadFinding {
  return { severity, code, ...shownPlace(place, boards) };
}
