import type { Conformance } from "../conformance/conduct.ts";
import type { Commands } from "../conformance/examination.ts";
import type { Verdict } from "../conformance/rule.ts";
import type { Figures } from "../load/figures.ts";
import type { LoadResult } from "../load/load.ts";
import { refusal } from "../load/record.ts";

/** Where and how the bench was run. */
export interface Environment {
  readonly startedAt: Date;
  /** The version of rrpc-gateway. */
  readonly version: string;
  readonly node: string;
  readonly machine: string;
  /** The port, or what stands for one. */
  readonly port: string;
  /** Such as `115200 8N1`. */
  readonly format: string;
  readonly commands: Commands;
  readonly cutoffMs: number;
}

/** All that a run of the bench has found; a pass that was not asked for is undefined. */
export interface BenchResult {
  readonly environment: Environment;
  readonly conformance: Conformance | undefined;
  readonly load: { readonly result: LoadResult; readonly figures: Figures } | undefined;
}

/** What is wrong, each in words; none: the device can be signed off. */
export function objections({ conformance, load }: BenchResult): string[] {
  const found: string[] = [];
  const failed = conformance?.results.filter(({ verdict }) => verdict === "fail").length ?? 0;
  if (failed > 0) found.push(`broken rules of the line protocol: ${failed}`);
  if (load === undefined) return found;
  const { figures, result } = load;
  const unanswered = figures.requests - figures.answered;
  if (figures.requests === 0) found.push("no request was made");
  if (unanswered > 0) found.push(`requests not answered: ${unanswered} of ${figures.requests}`);
  const refused = new Map(figures.errors).get(refusal) ?? 0;
  if (refused === figures.requests && refused > 0)
    found.push("the board refused all: --plain names a command that it knows");
  const late = figures.answered - Math.round(figures.shareInTime * figures.requests);
  if (late > 0) found.push(`answers after the cutoff: ${late}`);
  if (result.strayReplies > 0) found.push(`replies at the hub that nobody waited for: ${result.strayReplies}`);
  const restarts = result.gatewayCounts.get("mcu_restarted") ?? 0;
  if (restarts > 0) found.push(`restarts of the board under load: ${restarts}`);
  return found;
}

/** As people read them. */
export const verdictNames: Readonly<Record<Verdict, string>> = {
  pass: "PASS",
  fail: "FAIL",
  not_claimed: "NOT CLAIMED",
  not_judged: "NOT JUDGED",
};

/** For programs: everything that the page shows, with every request. */
export function resultJson(result: BenchResult): string {
  const { environment, conformance, load } = result;
  return JSON.stringify(
    {
      verdict: objections(result).length === 0 ? "pass" : "fail",
      objections: objections(result),
      environment: { ...environment, startedAt: environment.startedAt.toISOString() },
      conformance,
      load: load && {
        plan: load.result.plan,
        figures: load.figures,
        gatewayCounts: Object.fromEntries(load.result.gatewayCounts),
        strayReplies: load.result.strayReplies,
        readyAfterMs: load.result.readyAfterMs,
        requests: load.result.records,
      },
    },
    null,
    1,
  );
}
