import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { answerOperations, type GatewayOperations } from "../support/gateway-operations.ts";
import { type Caller, startCaller } from "./caller.ts";
import { type Device, subDevices } from "./device.ts";
import { account, type Evidence, type Figures } from "./ledger.ts";
import { quantile } from "./report.ts";
import type { Tap } from "./tap.ts";
import { type Execution, replyTo, type TrafficEvent } from "./traffic.ts";

/** Another board behind the same gateway: the fault of the first one must cost it nothing. */
export interface Neighbour {
  readonly device: Device;
  readonly link: string;
  readonly mcu: VirtualMcu;
  readonly caller: Caller;
  readonly traffic: readonly TrafficEvent[];
  figures(evidence: Pick<Evidence, "outages" | "startsAtMs" | "cutoffMs">): Figures;
  close(): Promise<void>;
}

/** So often each of them is asked. */
export const neighbourRatePerS = 5;

/**
 * Half of all, and nineteen of twenty, are answered within: on any machine that lets the gateway run, and in no queue behind
 * another board.
 */
const latencyBounds = [
  { share: 0.5, boundMs: 100 },
  { share: 0.95, boundMs: 400 },
] as const;

export async function startNeighbours(
  folder: string,
  brokerUrl: string,
  tap: Tap,
  onChange: () => void,
): Promise<Neighbour[]> {
  return await Promise.all(
    subDevices.map(async (device) => {
      const link = join(folder, device.deviceName);
      const executions: Execution[] = [];
      const mcu = await startVirtualMcu({
        link,
        observe: onChange,
        reply(payload) {
          executions.push({ payload: payload.toString("latin1"), atMs: performance.now() });
          return replyTo(payload);
        },
      });
      const caller = startCaller(brokerUrl, onChange, device);
      const traffic = tap.trafficOf(device);
      return {
        device,
        link,
        mcu,
        caller,
        traffic,
        figures: (evidence) => account({ ...evidence, calls: caller.calls, traffic, executions }),
        async close() {
          await Promise.all([caller.close(), mcu.close()]);
        },
      };
    }),
  );
}

/** The hub's answers to the gateway's operations; the broker may be away for a time. */
export async function startOperations(
  brokerUrl: string,
  onChange: () => void,
): Promise<GatewayOperations & { readonly client: MqttClient }> {
  const client = await connectAsync(brokerUrl, { reconnectPeriod: 50, reconnectOnConnackError: true, keepalive: 0 });
  client.on("error", () => {});
  return { client, ...(await answerOperations(client, () => 0, onChange)) };
}

/** Throws if a call of this neighbour ended in an error, was lost, or if its calls took longer than usual. */
export function expectUndisturbed(neighbour: Neighbour, { errors, lost, responsesLost }: Figures): void {
  const { device, caller } = neighbour;
  const fail = (what: string) => {
    throw new Error(`the neighbour ${device.deviceName} ${what}`);
  };
  if (errors.size > 0) fail(`was told ${[...errors.keys()].join(", ")}`);
  if (lost + responsesLost > 0) fail(`lost ${lost} requests and ${responsesLost} responses`);
  const tookMs = caller.calls.map(({ atMs, heardAtMs: [heardAtMs = Number.POSITIVE_INFINITY] }) => heardAtMs - atMs);
  for (const { share, boundMs } of latencyBounds) {
    const ms = quantile(tookMs, share);
    if (ms > boundMs) fail(`waited for up to ${Math.round(ms)} ms for the faster ${share * 100} % of its responses`);
  }
}

/** All figures in one. */
export function summed(all: readonly Figures[]): Figures {
  const errors = new Map<string, number>();
  for (const { errors: own } of all) for (const [name, count] of own) errors.set(name, (errors.get(name) ?? 0) + count);
  const sum = (count: (figures: Figures) => number) => all.reduce((total, figures) => total + count(figures), 0);
  const [first] = all;
  if (first === undefined) throw new Error("there are no figures");
  const names = Object.keys(first.broken) as (keyof Figures["broken"])[];
  return {
    asked: sum(({ asked }) => asked),
    delivered: sum(({ delivered }) => delivered),
    ok: sum(({ ok }) => ok),
    errors,
    lost: sum(({ lost }) => lost),
    responsesLost: sum(({ responsesLost }) => responsesLost),
    broken: Object.fromEntries(
      names.map((name) => [name, sum(({ broken }) => broken[name])]),
    ) as unknown as Figures["broken"],
    breaches: all.flatMap(({ breaches }) => breaches),
  };
}
