import type { Conformance } from "../conformance/check-board.ts";
import type { Commands } from "../conformance/rule-context.ts";
import type { Figures } from "../load/figures.ts";
import type { LoadResult } from "../load/load.ts";
import { refusal } from "../load/record.ts";
import type { Comparison } from "./compare.ts";

/** Which board was tested, and by whom, as the command line says. */
export interface Specimen {
  readonly board: string | undefined;
  readonly serialNumber: string | undefined;
  readonly operator: string | undefined;
}

/** Where and how the bench ran. */
export interface Environment {
  readonly startedAt: Date;
  readonly specimen: Specimen;
  /** The adapter's or the board's name that stays the same, in /dev/serial/by-id; undefined where it has none. */
  readonly adapter: string | undefined;
  /** The version of rrpc-gateway. */
  readonly version: string;
  readonly node: string;
  readonly machine: string;
  /** The serial port, or the virtual MCU. */
  readonly port: string;
  /** Such as `115200 8N1`. */
  readonly format: string;
  readonly commands: Commands;
  readonly cutoffMs: number;
  /** Longest line that the gateway takes from the board. */
  readonly replyBytesMax: number;
}

/** The result of a run; a pass that was not requested is undefined. */
export interface BenchResult {
  readonly environment: Environment;
  readonly conformance: Conformance | undefined;
  readonly load: { readonly result: LoadResult; readonly figures: Figures } | undefined;
  /** Compared with an earlier run, if there was one to compare with. */
  readonly against: Comparison | undefined;
}

/** What the report is called: the specimen, or else the firmware. */
export function nameOf({ environment: { specimen }, conformance }: BenchResult): string {
  const { board, serialNumber } = specimen;
  const words = [board, serialNumber === undefined ? undefined : `S/N ${serialNumber}`].filter(Boolean);
  return words.length > 0 ? words.join(" ") : (conformance?.hello?.fw ?? "unnamed board");
}

/** In one word, for the head of each page. */
export function verdictOf(result: BenchResult): "PASS" | "FAIL" {
  return deviations(result).length === 0 ? "PASS" : "FAIL";
}

/** What is wrong, in words. If empty, the device can be signed off. */
export function deviations({ conformance, load }: BenchResult): string[] {
  const found: string[] = [];
  const failed = conformance?.results.filter(({ verdict }) => verdict === "fail").map(({ id }) => id) ?? [];
  if (failed.length > 0) found.push(`rules of the line protocol that failed: ${failed.length} (${failed.join(", ")})`);
  if (load === undefined) return found;
  const { figures, result } = load;
  const unanswered = figures.requests - figures.answered;
  if (figures.requests === 0) found.push("no request was sent");
  if (unanswered > 0) found.push(`requests not answered: ${unanswered} of ${figures.requests}`);
  const refused = new Map(figures.errors).get(refusal) ?? 0;
  if (refused === figures.requests && refused > 0)
    found.push("the board refused every request: set --plain to a command that it knows");
  const late = figures.answered - Math.round(figures.shareInTime * figures.requests);
  if (late > 0) found.push(`answers after the server's cutoff: ${late}`);
  if (result.strayReplies > 0) found.push(`unexpected replies at the hub: ${result.strayReplies}`);
  const restarts = result.gatewayCounts.get("mcu_restarted") ?? 0;
  if (restarts > 0) found.push(`restarts of the board under load: ${restarts}`);
  const { lostEvents } = result;
  if (lostEvents > 0)
    found.push(`events of the gateway that the bench missed: ${lostEvents}; lower the rate or the concurrency`);
  return found;
}

/** For programs: everything on the page, and every request. */
export function resultJson(result: BenchResult): string {
  const { environment, conformance, load, against } = result;
  return JSON.stringify(
    {
      verdict: deviations(result).length === 0 ? "pass" : "fail",
      deviations: deviations(result),
      environment: { ...environment, startedAt: environment.startedAt.toISOString() },
      conformance,
      against,
      load: load && {
        plan: load.result.plan,
        figures: load.figures,
        gatewayCounts: Object.fromEntries(load.result.gatewayCounts),
        strayReplies: load.result.strayReplies,
        lostEvents: load.result.lostEvents,
        readyAfterMs: load.result.readyAfterMs,
        requests: load.result.records,
      },
    },
    null,
    1,
  );
}
