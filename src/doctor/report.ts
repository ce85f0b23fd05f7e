import { visibleJson } from "../runtime/text.ts";
import { checks, type Finding, worstOf } from "./finding.ts";

/** What was checked. */
export interface Checked {
  readonly configFile: string;
  /** Whose rights were checked. */
  readonly user: string;
}

/** The report for programs: see `doctor` for its shape. */
export function reportJson({ configFile, user }: Checked, findings: readonly Finding[]): string {
  const report = {
    status: worstOf(findings),
    config: configFile,
    user,
    findings: findings.map(({ id, code, state, board, evidence, place, help }) => ({
      id,
      code,
      state,
      board,
      subject: checks[id].subject,
      evidence,
      ...place,
      help,
    })),
  };
  return `${visibleJson(report, 2)}\n`;
}
