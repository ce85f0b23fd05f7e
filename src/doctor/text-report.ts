import { checks, type Finding, type State } from "./finding.ts";

const labels: Record<State, string> = { ok: "ok", warning: "WARNING", fault: "FAULT", unknown: "?" };

/** How wide the first column is. */
const labelWidth = labels.warning.length;

export interface TextReportOptions {
  /** Of several boards only what is wrong is told in full; the rest is counted, a line for each board. */
  readonly isBrief: boolean;
  readonly write: (text: string) => void;
}

/** The report for a person, written as the findings come. */
export class TextReport {
  readonly #options: TextReportOptions;
  readonly #findings: Finding[] = [];
  /** Of the board whose findings come just now, those that are only counted. */
  #counted: Finding[] = [];

  constructor(options: TextReportOptions) {
    this.#options = options;
  }

  add(finding: Finding): void {
    this.#findings.push(finding);
    if (finding.board !== this.#counted[0]?.board) this.#tellCounted();
    const isCounted =
      this.#options.isBrief && finding.board !== undefined && (finding.state === "ok" || finding.state === "unknown");
    if (isCounted) this.#counted.push(finding);
    else this.#options.write(findingText(finding));
  }

  /** The last line: how much is wrong. */
  end(): void {
    this.#tellCounted();
    this.#options.write(verdictText(this.#findings));
  }

  #tellCounted(): void {
    const [first] = this.#counted;
    if (first?.board !== undefined) this.#options.write(countedText(first.board, this.#counted));
    this.#counted = [];
  }
}

/** One finding: the subject, of one of several boards its name, the evidence, and what helps on a line of its own. */
export function findingText({ id, board, state, evidence, help }: Finding): string {
  const subject = board === undefined ? checks[id].subject : `${board}: ${checks[id].subject}`;
  const first = `${labels[state].padEnd(labelWidth)}  ${subject}: ${evidence}\n`;
  return help === undefined ? first : `${first}${"".padEnd(labelWidth)}  -> ${help}\n`;
}

/** What needs nobody: how many checks of a board found nothing wrong, and how many could not be made. */
function countedText(board: string, findings: readonly Finding[]): string {
  const unseen = findings.filter(({ state }) => state === "unknown").length;
  const fine = findings.length - unseen;
  const parts = [
    ...(fine > 0 ? [`nothing wrong in ${some(fine, "check")}`] : []),
    ...(unseen > 0 ? [`${some(unseen, "check")} not made`] : []),
  ];
  const label = fine > 0 ? labels.ok : labels.unknown;
  return `${label.padEnd(labelWidth)}  ${board}: ${parts.join(", ")}; --board ${board} shows them\n`;
}

/** The last line for a person. */
export function verdictText(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((one) => one.state === state).length;
  const bad = (["fault", "warning"] as const).flatMap((state) =>
    count(state) === 0 ? [] : [some(count(state), state)],
  );
  const unseen = count("unknown");
  const rest = unseen === 0 ? "" : `; ${unseen} not checked`;
  return `${bad.length === 0 ? "no problem found" : bad.join(", ")}${rest}\n`;
}

function some(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
