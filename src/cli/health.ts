import { realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { attempt } from "../host/attempt.ts";
import { pidNamespace } from "../host/pid-namespace.ts";
import { listProcesses } from "../host/processes.ts";
import { askHealth, type Health, healthAddress } from "../observe/health-socket.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { noGatewayText } from "./no-gateway.ts";
import { OptionReader } from "./option-reader.ts";

export interface HealthOptions {
  /** The gateway's configuration file. It is not read: its path is what the gateway is found by. */
  readonly config: string;
  /** Seconds, as typed. */
  readonly killAfter?: string;
}

/** How soon one that is not well is asked again. */
const againMs = 1000;

/**
 * `rrpc-gateway health`: asks the gateway that runs with this configuration whether it is well. With `killAfter` it is asked
 * for so long, and then ended as systemd's watchdog ends it: most container engines start again only what has ended.
 */
export async function health({ config, killAfter }: HealthOptions): Promise<number> {
  const reader = new OptionReader();
  const limitS = reader.whole("--kill-after", killAfter, 1, 9999) ?? 0;
  if (reader.problems.length > 0) return fail("health", exitCodes.usage, reader.problems);
  const address = healthAddress(config);
  if (address === undefined) {
    return fail("health", exitCodes.unavailable, ["with this Node.js the gateway cannot be asked; 20 or later can"]);
  }
  const answer = await answerWithin(address, limitS * 1000);
  if (answer?.isHealthy === true) {
    console.log(`healthy: ${answer.text}`);
    return exitCodes.ok;
  }
  const why = answer?.text ?? noGatewayText(config);
  console.error(`unhealthy: ${why}`);
  if (limitS > 0) for (const pid of gatewaysOf(config)) end(pid, limitS);
  return answer === undefined ? exitCodes.unavailable : exitCodes.failed;
}

/** The first good answer; after `limitMs` the latest, which may be none. */
async function answerWithin(address: string, limitMs: number): Promise<Health | undefined> {
  const until = performance.now() + limitMs;
  for (;;) {
    const answer = await askHealth(address);
    if (answer?.isHealthy === true || performance.now() >= until) return answer;
    await sleep(againMs);
  }
}

/** By /proc, as one that hangs does not answer. The host sees the gateways of its containers as well: those are not meant. */
function gatewaysOf(config: string): readonly number[] {
  const file = attempt(() => realpathSync(config));
  const here = pidNamespace("self");
  return listProcesses()
    .filter(
      ({ pid, gatewayConfig }) => gatewayConfig !== undefined && gatewayConfig === file && pidNamespace(pid) === here,
    )
    .map(({ pid }) => pid);
}

function end(pid: number, limitS: number): void {
  const isEnded = attempt(() => process.kill(pid, "SIGKILL")) === true;
  const how = isEnded ? "is killed, so that it is restarted" : "cannot be killed by this user";
  console.error(`process ${pid} has not been well for ${limitS} s: it ${how}`);
}
