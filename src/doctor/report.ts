import { checks, type Finding, type State, worstOf } from "./finding.ts";

const labels: Record<State, string> = { ok: "ok", warning: "WARNING", fault: "FAULT", unknown: "?" };

/** One finding for a person: the subject, the evidence, and what helps on a line of its own. */
export function findingText({ id, state, evidence, help }: Finding): string {
  const label = labels[state].padEnd(labels.warning.length);
  const first = `${label}  ${checks[id].subject}: ${evidence}\n`;
  return help === undefined ? first : `${first}${"".padEnd(label.length)}  -> ${help}\n`;
}

/** The last line for a person. */
export function verdictText(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((one) => one.state === state).length;
  const some = (number: number, noun: string) => (number === 0 ? [] : [`${number} ${noun}${number === 1 ? "" : "s"}`]);
  const bad = [...some(count("fault"), "fault"), ...some(count("warning"), "warning")];
  const unseen = count("unknown");
  const rest = unseen === 0 ? "" : `; ${unseen} not checked`;
  return `${bad.length === 0 ? "no problem found" : bad.join(", ")}${rest}\n`;
}

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
    findings: findings.map(({ id, code, state, evidence, help }) => ({
      id,
      code,
      state,
      subject: checks[id].subject,
      evidence,
      help,
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
