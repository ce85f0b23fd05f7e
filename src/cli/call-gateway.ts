// `rrpc-gateway call --gateway`: an order to the gateway itself, through the cloud.
import { outcomeOf, remoteAdvice } from "../caller/meaning.ts";
import { publishRrpc } from "../caller/publish-rrpc.ts";
import { gatewayTarget } from "../config/gateway-target.ts";
import { visibleJson } from "../runtime/text.ts";
import { type CallCommandOptions, readCallOptions } from "./call-options.ts";
import { exitCodeOf, tellOutcome, withForgottenCloud } from "./call-outcome.ts";
import { callExitCodes, exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { readAnswer, remoteLines, type Verdict } from "./remote-lines.ts";

const exitCodesOf: Readonly<Record<Verdict, number>> = {
  good: callExitCodes.answered,
  bad: callExitCodes.notExecuted,
  running: exitCodes.temporaryFailure,
};

/**
 * Gives one order and resolves to the exit code. The answer goes to stdout as lines for people, or with `json` as the gateway made it,
 * in one line; so does its error with `json`. Every other error is told as with every call.
 */
export async function callGateway(order: string, { config, ...given }: CallCommandOptions): Promise<number> {
  const found = config === undefined ? undefined : gatewayTarget(config);
  if (found?.kind === "none") return fail("call", exitCodes.config, [found.why]);
  const { region, ...target } = found?.target ?? {};
  // Of a hub of one's own there is no region.
  const options = { ...target, ...(given.cloud === true && region !== undefined && { region }), ...given };
  const { json = false, prefix = "" } = options;
  const request = readCallOptions(`${prefix}${order}`, options, process.env);
  if (request.kind === "problems") return fail("call", exitCodes.usage, request.problems);
  const startedAt = performance.now();
  const result = await publishRrpc(request.api, request.call);
  const outcome = withForgottenCloud(outcomeOf(result, remoteAdvice), given);
  const ms = performance.now() - startedAt;
  if (outcome.kind === "failed") {
    if (!json || result.kind !== "replied") return tellOutcome(outcome, ms, { json });
    printJson(JSON.parse(result.payload.toString("utf8")));
    return exitCodeOf(outcome);
  }
  const answer = readAnswer(outcome.payload.toString("utf8"));
  if (answer === undefined) {
    const why = `a board has answered, and perhaps carried out "${order}" as a command: give --prefix or --config: remote.prefix in the gateway's configuration is what orders begin with`;
    tellOutcome(outcome, ms, { json });
    return fail("call", callExitCodes.perhapsExecuted, [why]);
  }
  const { lines, verdict } = remoteLines(answer, (other) =>
    commandLine(other, { ...given, ...(config !== undefined && { config }) }),
  );
  if (json) printJson(answer);
  else process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return exitCodesOf[verdict];
}

function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(value)}\n`);
}

/** What gives another order to the same gateway, for a person to type. */
function commandLine(order: string, { cloud, config, product, device, region, prefix }: CallCommandOptions): string {
  const words = ["rrpc-gateway call", ...(cloud === true ? ["--cloud"] : []), "--gateway"];
  const named = { config, product, device, region, prefix };
  const values = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  return [...words, ...values, order].join(" ");
}
