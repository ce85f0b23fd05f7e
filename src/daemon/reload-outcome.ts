import type { Finding } from "../config/findings.ts";
import { isOptionPath } from "../config/option-path.ts";
import type { ReloadFinding, ReloadOutcome } from "../remote/answer.ts";
import type { ReloadEnd } from "./program.ts";

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

function shownFinding({ severity, code, line, column, path }: Finding, boards: readonly string[]): ReloadFinding {
  return { severity, code, line, column, ...(isOptionPath(path, boards) && { path }) };
}
