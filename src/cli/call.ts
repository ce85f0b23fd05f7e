// `rrpc-gateway call`: one RRPC from the cloud's side.
import { outcomeOf } from "../caller/meaning.ts";
import { publishRrpc } from "../caller/publish-rrpc.ts";
import { type CallCommandOptions, readCallOptions } from "./call-options.ts";
import { tellOutcome, withForgottenCloud } from "./call-outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";

/**
 * Calls once and resolves to the exit code. The reply goes to stdout as one line, control bytes as `\xHH`; what the
 * call took, or what an error means, to stderr. With `json` all of it is one line of JSON on stdout.
 */
export async function call(words: readonly string[], options: CallCommandOptions): Promise<number> {
  const [payload = "", ...more] = words;
  if (options.gateway === true && options.local === true)
    return fail("call", exitCodes.usage, [
      "--gateway is for the cloud; at the gateway itself there are commands: status, doctor, dump …",
    ]);
  if (options.gateway === true) return (await import("./call-gateway.ts")).callGateway(words.join(" "), options);
  if (more.length > 0)
    return fail("call", exitCodes.usage, [`the payload is one argument, in quotes: "${words.join(" ")}"`]);
  if (options.local === true) return (await import("./call-local.ts")).callLocally(payload, options);
  const request = readCallOptions(payload, options, process.env);
  if (request.kind === "problems") return fail("call", exitCodes.usage, request.problems);
  const startedAt = performance.now();
  const outcome = withForgottenCloud(outcomeOf(await publishRrpc(request.api, request.call)), options);
  const ms = performance.now() - startedAt;
  return tellOutcome(outcome, ms, options);
}
