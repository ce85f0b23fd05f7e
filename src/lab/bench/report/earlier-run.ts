// An earlier run, by the JSON that it wrote. Pure.
import type { Conformance } from "../conformance/check-board.ts";
import { type Verdict, verdictNames } from "../conformance/rule.ts";
import { type Figures, percentileNames } from "../load/figures.ts";
import type { LoadPlan } from "../load/plan.ts";

/** As much of its JSON as is compared. */
export interface EarlierRun {
  readonly environment: { readonly startedAt: string; readonly format: string };
  readonly conformance?: {
    readonly hello?: Partial<NonNullable<Conformance["hello"]>> | undefined;
    readonly results: readonly { readonly id: string; readonly verdict: Verdict }[];
  };
  readonly load?: {
    readonly plan: Pick<LoadPlan, "pace" | "sizesBytes">;
    readonly figures: Pick<Figures, "shareInTime" | "perSecond" | "latency">;
  };
}

/** The text of a file that `--json` wrote, in this version or an earlier one; what is wrong with it, in words. */
export function readEarlierRun(text: string): EarlierRun | string {
  let run: unknown;
  try {
    run = JSON.parse(text);
  } catch (error) {
    return `no JSON: ${(error as Error).message}`;
  }
  const part = missingPart(run);
  return part === undefined
    ? (run as EarlierRun)
    : `no report that bench --json has written: ${part} is missing or wrong`;
}

/** What does not have the shape that is relied on. */
function missingPart(run: unknown): string | undefined {
  const { environment, conformance, load } = fieldsOf(run);
  const { startedAt, format } = fieldsOf(environment);
  if (Number.isNaN(Date.parse(String(startedAt))) || typeof format !== "string") return "environment";
  if (conformance === undefined && load === undefined) return "conformance or load";
  const { results = [], hello } = fieldsOf(conformance);
  const isResult = (one: unknown) =>
    typeof fieldsOf(one)["id"] === "string" && Object.hasOwn(verdictNames, String(fieldsOf(one)["verdict"]));
  if (!Array.isArray(results) || !results.every(isResult)) return "conformance.results";
  if (hello !== undefined && typeof (fieldsOf(hello)["fw"] ?? "") !== "string") return "conformance.hello";
  if (load === undefined) return undefined;
  const { plan, figures } = fieldsOf(load);
  if (!Array.isArray(fieldsOf(plan)["sizesBytes"]) || fieldsOf(plan)["pace"] === undefined) return "load.plan";
  const { shareInTime, perSecond, latency } = fieldsOf(figures);
  const { total = {} } = fieldsOf(latency);
  const times = percentileNames.map((name) => fieldsOf(total)[name] ?? 0);
  return [shareInTime, perSecond, ...times].every(Number.isFinite) ? undefined : "load.figures";
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
