import { setTimeout as pause } from "node:timers/promises";
import { askHealth, type Health, healthAddress } from "../observe/health-socket.ts";
import { statusScreen } from "../observe/status-screen.ts";
import { visibleJson } from "../runtime/text.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { interruption } from "./interruption.ts";
import { noGatewayText } from "./no-gateway.ts";
import { terminalAt } from "./terminal.ts";

export interface StatusOptions {
  /** The gateway's configuration file. It is not read: its path is what the gateway is found by. */
  readonly config: string;
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Somebody reads along; each asking costs the gateway a tenth of a millisecond. */
const watchMs = 2000;

/** Clears the screen and goes to its beginning. */
const clearScreen = "\x1b[2J\x1b[H";

/** `rrpc-gateway status`: how the gateway with this configuration is, on one screen. The exit code is that of `health`. */
export async function status({ config, json = false, watch = false }: StatusOptions): Promise<number> {
  const address = healthAddress(config);
  if (address === undefined)
    return fail("status", exitCodes.unavailable, ["with this Node.js the gateway cannot be asked; 20 or later can"]);
  const isRedrawn = watch && !json && terminalAt(process.stdout, process.env).canMove;
  const signal = watch ? interruption() : AbortSignal.abort();
  for (;;) {
    const answer = await askHealth(address);
    if (isRedrawn) process.stdout.write(clearScreen);
    const exitCode = tell(answer, config, json);
    await pause(watchMs, undefined, { signal }).catch(ignore);
    if (signal.aborted) return exitCode;
    if (!isRedrawn && !json) console.log("");
  }
}

function tell(answer: Health | undefined, config: string, json: boolean): number {
  if (answer === undefined) {
    const why = noGatewayText(config);
    if (json) console.log(visibleJson({ isHealthy: false, text: why }));
    return fail("status", exitCodes.unavailable, [why]);
  }
  const { isHealthy, text, status } = answer;
  const doctor = (board?: string) =>
    `rrpc-gateway doctor --config ${config}${board === undefined ? "" : ` --board ${board}`}`;
  if (json) console.log(visibleJson(answer));
  else if (status === undefined) console.log(`${isHealthy ? "" : "UNHEALTHY: "}${text}`);
  else for (const line of statusScreen(status, { isHealthy, text, doctor })) console.log(line);
  return isHealthy ? exitCodes.ok : exitCodes.failed;
}

/** It was interrupted. */
function ignore(): void {}
