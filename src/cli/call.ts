// `rrpc-gateway call`: one RRPC from the cloud's side.
import { type CallOutcome, executionText, outcomeOf } from "../caller/meaning.ts";
import { publishRrpc } from "../caller/publish-rrpc.ts";
import { visible } from "../runtime/text.ts";
import { type CallCommandOptions, readCallOptions } from "./call-options.ts";
import { callExitCodes, exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";

/**
 * Calls once and resolves to the exit code. The reply goes to stdout as one line, control bytes as `\xHH`; what the
 * call took, or what an error means, to stderr. With `json` all of it is one line of JSON on stdout.
 */
export async function call(payload: string, options: CallCommandOptions): Promise<number> {
  const request = readCallOptions(payload, options, process.env);
  if (request.kind === "problems") return fail("call", exitCodes.usage, request.problems);
  const startedAt = performance.now();
  const outcome = outcomeOf(await publishRrpc(request.api, request.call));
  const ms = performance.now() - startedAt;
  if (options.json === true) process.stdout.write(`${JSON.stringify(asJson(outcome, ms))}\n`);
  else tell(outcome, ms);
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
