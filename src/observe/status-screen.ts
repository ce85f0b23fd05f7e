/** A status as one screen for a person. */
import { reasons } from "../core/outcome.ts";
import { shownName } from "../runtime/board-name.ts";
import { duration } from "./duration.ts";
import type { BoardPart, ConnectionPart, Status } from "./status.ts";
import { counted } from "./status-text.ts";

export interface ScreenOptions {
  readonly isHealthy: boolean;
  /** What is wrong, where it is not healthy. */
  readonly text: string;
  /** The command that says more, of one of several boards or of all. */
  readonly doctor: (board?: string) => string;
}

/** Its lines. What needs somebody comes with the command that says more. */
export function statusScreen(status: Status, { isHealthy, text, doctor }: ScreenOptions): readonly string[] {
  const { version, nodeVersion, upMs, hub, boards } = status;
  const head = `rrpc-gateway ${version} on Node.js ${nodeVersion.replace(/^v/, "")}, up for ${duration(upMs)}`;
  return [
    isHealthy ? head : `${head}: UNHEALTHY: ${text}`,
    "",
    ...columns([
      ["hub", connectionText(hub)],
      ...boards.flatMap((board) => [
        [nameOf(board), stateOf(board)],
        ...(board.hello === undefined ? [] : [["", board.hello]]),
        ["", lastHourText(board)],
      ]),
    ]),
    ...section("Errors of the last hour", columns(errorsOf(boards))),
    ...section("Look next", nextSteps(status, doctor)),
  ];
}

/** Nothing where there are no lines. */
function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function stateOf({ serial, released, mcuIncident, offlineBecause }: BoardPart): string {
  if (released !== undefined) return `released for ${duration(released.forMs)} to ${released.who}`;
  const line = `serial line ${connectionText(serial)}`;
  if (!serial.isUp) return line;
  const incidents = [
    ...(mcuIncident === undefined ? [] : [`its MCU ${mcuIncident}`]),
    ...(offlineBecause === undefined ? [] : [`the hub sends it no requests (${offlineBecause})`]),
  ];
  return incidents.length === 0 ? `serves, ${line}` : `${incidents.join("; ")}; ${line}`;
}

function lastHourText({ lastHour, p99Ms, lastError }: BoardPart): string {
  const { ok = 0, ...errors } = lastHour;
  const errorCount = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const requests = `${counted(ok + errorCount, "request")} in the last hour, ${counted(errorCount, "error")}`;
  const p99 = p99Ms === undefined ? "" : `, p99 ${p99Ms.toFixed(1)} ms`;
  const last = lastError === undefined ? "" : `, last error ${lastError.reason} ${duration(lastError.agoMs)} ago`;
  return `${requests}${p99}${last}`;
}

/** The most frequent first. */
function errorsOf(boards: readonly BoardPart[]): readonly (readonly string[])[] {
  return boards
    .flatMap((board) => Object.entries(board.lastHour).map(([reason, count]) => ({ board, reason, count })))
    .filter(({ reason }) => reason !== "ok")
    .sort((one, other) => other.count - one.count)
    .map(({ board, reason, count }) => [String(count), nameOf(board), reason, meaningOf(reason)]);
}

/** Of a reason that this version does not know there is nothing to say. */
function meaningOf(reason: string): string {
  if (!Object.hasOwn(reasons, reason)) return "";
  const { meaning, executed } = reasons[reason as keyof typeof reasons];
  return `${meaning}; executed: ${executed}`;
}

function nextSteps({ hub, boards }: Status, doctor: ScreenOptions["doctor"]): readonly string[] {
  const ill = boards.filter(isIll);
  if (!hub.isUp || ill.length > 1) return [doctor()];
  return ill.map(({ name }) => doctor(shownName(name)));
}

/** Whoever has released a port knows. */
function isIll({ serial, released, mcuIncident, offlineBecause }: BoardPart): boolean {
  return released === undefined && (!serial.isUp || mcuIncident !== undefined || offlineBecause !== undefined);
}

const nameOf = ({ name }: BoardPart) => shownName(name) ?? "board";

function connectionText({ isUp, forMs, why }: ConnectionPart): string {
  return `${isUp ? "up" : "away"} for ${duration(forMs)}${isUp || why === undefined ? "" : ` (${why})`}`;
}

/** As wide as the widest of each, with two spaces between them. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? "").length)));
  return rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
