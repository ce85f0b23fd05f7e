// What the gateway itself has answered to an order, for a person. Pure; who made the answer is not known for sure.
import { duration } from "../observe/duration.ts";
import { formatTrace } from "../observe/format-trace.ts";
import { columns, statusScreen } from "../observe/status-screen.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import {
  answerVersion,
  type BoardsResult,
  type DoctorFinding,
  type DoctorOutcome,
  type LeftOut,
  type ProbeOutcome,
  type Progress,
  type ReloadFinding,
  type ReloadOutcome,
  type RemoteAnswer,
  type ResetOutcome,
} from "../remote/answer.ts";
import type { Operation } from "../remote/order.ts";
import { visible } from "../runtime/text.ts";

/** `good`: done, and nothing is wrong; `bad`: what was asked for did not come about, or something is wrong; `running`: not done yet. */
export type Verdict = "good" | "bad" | "running";

export interface Told {
  /** What stands in them steers no terminal. */
  readonly lines: readonly string[];
  readonly verdict: Verdict;
}

/** Undefined for a payload that is no answer of a gateway: a board has answered. */
export function readAnswer(payload: string): RemoteAnswer | undefined {
  try {
    const value = JSON.parse(payload) as Partial<RemoteAnswer> | null;
    const isAnswer = typeof value === "object" && value?.remote === answerVersion && !("error" in value);
    return isAnswer ? (value as RemoteAnswer) : undefined;
  } catch {
    return undefined; // No JSON.
  }
}

/** @param commandFor the command line that gives another order to the same gateway */
export function remoteLines(answer: RemoteAnswer, commandFor: (order: Operation) => string): Told {
  const { lines, verdict } = tellOrShow(answer, commandFor);
  return { lines: lines.map(visible), verdict };
}

/** An answer of a later version, or of somebody who feigns to be a gateway, may have another shape: it is shown as it is. */
function tellOrShow(answer: RemoteAnswer, commandFor: (order: Operation) => string): Told {
  try {
    return tell(answer, commandFor);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { lines: ["This answer is not of a form that this version knows:", JSON.stringify(answer)], verdict: "bad" };
  }
}

function tell(answer: RemoteAnswer, commandFor: (order: Operation) => string): Told {
  switch (answer.operation) {
    case "status": {
      const { status, isHealthy, text, leftOut } = answer;
      const doctor = () => commandFor("doctor");
      const lines = [...statusScreen(status, { isHealthy, text, doctor }), ...leftOutLines(leftOut)];
      return { lines, verdict: isHealthy ? "good" : "bad" };
    }
    case "boards":
      return good([...boardLines(answer), ...leftOutLines(answer.leftOut)]);
    case "dump":
      return good([...leftOutLines(answer.leftOut, "older "), ...answer.events.map(eventLine)]);
    case "log": {
      const { level, forMs, configured } = answer;
      return good([`log level ${level} for ${duration(forMs)}, then ${configured} again`]);
    }
    case "doctor":
      return progress<DoctorOutcome>(answer, "doctor", doctorTold);
    case "reload":
      return progress<ReloadOutcome>(answer, "reload", reloadTold);
    case "probe":
      return progress<ProbeOutcome>(answer, `probe of ${answer.board}`, (done) => probeTold(answer.board, done));
    case "reopen":
    case "reset":
      return progress<ResetOutcome>(answer, `${answer.operation} of ${answer.board}`, (done) =>
        reopenedTold(answer.board, done),
      );
    default:
      answer satisfies never;
      throw laterVersion();
  }
}

/** As what reads a form that is not there throws. */
const laterVersion = () => new TypeError("of a later version");

const good = (lines: readonly string[]): Told => ({ lines, verdict: "good" });
const bad = (lines: readonly string[]): Told => ({ lines, verdict: "bad" });

/** An outcome is told once: how old it is matters where somebody has asked before. */
function progress<Outcome>(answer: Progress<Outcome>, what: string, tellOutcome: (outcome: Outcome) => Told): Told {
  if (answer.state === "running") {
    const line = `${what}: running for ${duration(answer.forMs)}. Give the same order again to be told what came of it.`;
    return { lines: [line], verdict: "running" };
  }
  const told = tellOutcome(answer);
  if (answer.agoMs < agoMsMin) return told;
  return { ...told, lines: [`${what}: done ${duration(answer.agoMs)} ago`, ...told.lines] };
}

/** What is younger has just been done. */
const agoMsMin = 1000;

function boardLines({ boards }: BoardsResult): readonly string[] {
  return columns([
    ["board", "device", "serial line", "state", "its MCU"],
    ...boards.map(({ name, device, serial, hasOpenRequest, isReleased, hello, reset }) => {
      const line = isReleased ? "released" : serial.isUp ? "up" : "away";
      return [
        name,
        `${device.productId}/${device.deviceName}`,
        `${serial.path}, ${serial.baudRate} baud, ${serial.dialect}`,
        hasOpenRequest ? `${line}, at work` : line,
        [hello ?? "has said nothing", ...(reset === undefined ? [] : [`reset: ${reset}`])].join("; "),
      ];
    }),
  ]);
}

function doctorTold(done: DoctorOutcome): Told {
  if (done.result === "failed") return bad([`doctor has failed: ${done.why}`]);
  const { status, findings, leftOut } = done;
  const lines = [...findings.flatMap(findingLines), ...leftOutLines(leftOut)];
  return { lines: lines.length === 0 ? ["no problem found"] : lines, verdict: status === "ok" ? "good" : "bad" };
}

function reloadTold(done: ReloadOutcome): Told {
  switch (done.result) {
    case "taken":
      return good([done.text]);
    case "device_taken":
      return bad(["refused: another gateway at that machine serves the new configuration's device"]);
    case "refused": {
      const refused = "refused: the new configuration is bad, and the old one goes on";
      return bad([refused, ...done.findings.map(reloadLine), ...leftOutLines(done.leftOut)]);
    }
    default:
      done satisfies never;
      throw laterVersion();
  }
}

function probeTold(board: string, done: ProbeOutcome): Told {
  switch (done.result) {
    case "answered":
      return good([
        `${board} answers${done.ms === undefined ? ", time unknown" : ` after ${done.ms.toFixed(1)} ms`}: ${done.hello}`,
      ]);
    case "unanswered":
      return bad([`${board} has not answered within ${done.waitedMs.toFixed(0)} ms`]);
    case "not_sent":
      return bad([`${board} was not asked: ${done.why}`]);
    default:
      done satisfies never;
      throw laterVersion();
  }
}

function reopenedTold(board: string, done: ResetOutcome): Told {
  switch (done.result) {
    case "open":
      return good([`${board}: done, its port is open`]);
    case "closed":
      return bad([`${board}: its port is not open (${done.why}); the gateway goes on trying`]);
    case "not_possible":
      return bad([`${board}: a reset is not possible now; nothing was done, and the port is open`]);
    default:
      done satisfies never;
      throw laterVersion();
  }
}

const labels: Readonly<Record<string, string>> = { ok: "ok", warning: "WARNING", fault: "FAULT" };
const labelWidth = "WARNING".length;

/** As `rrpc-gateway doctor` has them; what it has seen is told at the machine only. */
function findingLines({ state, board, subject, code, line, column, path, help }: DoctorFinding): readonly string[] {
  const place = line === undefined ? "" : `, line ${line}, column ${column}${path === undefined ? "" : ` (${path})`}`;
  const label = (Object.hasOwn(labels, state) ? labels[state] : undefined) ?? "?";
  const first = `${label.padEnd(labelWidth)}  ${board === undefined ? "" : `${board}: `}${subject}: ${code}${place}`;
  return help === undefined ? [first] : [first, `${"".padEnd(labelWidth)}  -> ${help}`];
}

function reloadLine({ severity, code, line, column, path }: ReloadFinding): string {
  return `  ${severity} in line ${line}, column ${column}: ${code}${path === undefined ? "" : ` (${path})`}`;
}

/** A line for each event, also where one of them is of a later version. */
function eventLine(event: TraceEvent): string {
  try {
    return formatTrace(event);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(event);
  }
}

function leftOutLines(leftOut: LeftOut | undefined, which = ""): readonly string[] {
  return Object.entries(leftOut ?? {}).map(
    ([what, count]) => `(${count} ${which}${what} left out: a response has no room for them)`,
  );
}
