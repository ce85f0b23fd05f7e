// What came of a call, for people or as JSON.
import { type CallOutcome, executionText } from "../caller/meaning.ts";
import { visible, visibleJson } from "../runtime/text.ts";
import { callExitCodes } from "./exit-codes.ts";

/** Tells it, on stdout and stderr as `call` documents it, and gives the exit code. */
export function tellOutcome(outcome: CallOutcome, ms: number, { json = false }: { readonly json?: boolean }): number {
  if (json) process.stdout.write(`${visibleJson(asJson(outcome, ms))}\n`);
  else tell(outcome, ms);
  return exitCodeOf(outcome);
}

/** The same; where nobody listens at the address that nobody has named, with what was perhaps forgotten. */
export function withForgottenCloud(
  outcome: CallOutcome,
  { cloud = false, url }: { readonly cloud?: boolean; readonly url?: string },
): CallOutcome {
  if (outcome.kind !== "failed" || outcome.code !== "unreachable" || cloud || url !== undefined) return outcome;
  const advice =
    "Without --cloud the call goes to a simulated hub at this machine (rrpc-gateway hub), and none runs: did you mean --cloud?";
  return { ...outcome, advice };
}

export function exitCodeOf(outcome: CallOutcome): number {
  if (outcome.kind === "answered") return callExitCodes.answered;
  return outcome.executed === "no" ? callExitCodes.notExecuted : callExitCodes.perhapsExecuted;
}

function tell(outcome: CallOutcome, ms: number): void {
  const time = `${ms.toFixed(1)} ms`;
  if (outcome.kind === "answered") {
    process.stdout.write(`${oneLine(outcome.payload.toString("utf8"))}\n`);
    process.stderr.write(`answered in ${time}, processID ${outcome.processId}\n`);
    return;
  }
  const { source, board, code, reason, message, advice } = outcome;
  const name = reason === "" ? code : `${code} / ${reason}`;
  const of = board === undefined ? "" : `, board ${board}`;
  process.stderr.write(
    `${oneLine(`${name} (${whose[source]}${of}) after ${time}: ${message}`)}\n${executionText(outcome)} ${advice}\n`,
  );
}

const whose = { gateway: "the gateway's", mcu: "the MCU's", api: "the API's", caller: "no answer" } as const;

function asJson(outcome: CallOutcome, ms: number): object {
  const rounded = Math.round(ms * 1000) / 1000;
  if (outcome.kind === "failed") return { ...outcome, ms: rounded };
  const { kind, payload, processId } = outcome;
  const payloadBase64 = payload.toString("base64");
  return { kind, payload: payload.toString("utf8"), payloadBase64, processId, ms: rounded };
}

/** On one line, and what a device says steers no terminal. A backslash is doubled, so that a program can read it back. */
function oneLine(text: string): string {
  return visible(text.replaceAll("\\", "\\\\"));
}
