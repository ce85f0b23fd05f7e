// The load pass: the simulated hub in this process, the real daemon in its own, and the board at its own port.
import { join } from "node:path";
import { startDaemon } from "../../harness/daemon.ts";
import { madeUpDevice, temporaryFolder, writeConfig } from "../../harness/gateway-files.ts";
import { watchGateway } from "../../harness/monitor-client.ts";
import { createWaiter } from "../../harness/waiter.ts";
import { startHub } from "../../hub/hub.ts";
import { isEcho } from "../echo.ts";
import { createGatewayRecord } from "./gateway-record.ts";
import { generateLoad } from "./generate.ts";
import { type LoadPlan, usualSizeBytes } from "./plan.ts";
import { errorIn, type LineTiming, outcomeOf, type RequestRecord, refusal, splitOf } from "./record.ts";

export interface LoadOptions {
  readonly plan: LoadPlan;
  /** The serial port and its settings, as the `serial` section of a configuration. */
  readonly serial: Readonly<Record<string, unknown>> & { readonly path: string; readonly baudRate: number };
  /** What the board needs of the `rrpc` section. */
  readonly rrpc: Readonly<Record<string, unknown>>;
  readonly timing: LineTiming;
  readonly cutoffMs: number;
  readonly signal: AbortSignal;
  /** Called after each request with the number of requests that have ended, and how many of them were not answered. */
  readonly onProgress: (ended: number, failed: number) => void;
}

export interface LoadResult {
  /** What was requested, with the sizes that were used. */
  readonly plan: LoadPlan;
  /** In the order in which they ended. */
  readonly records: readonly RequestRecord[];
  /** What the gateway counted besides answers, by name; docs/errors.md and docs/operations.md explain them. */
  readonly gatewayCounts: ReadonlyMap<string, number>;
  /** Events of the gateway that the bench has missed: splits and counts are incomplete if it is not 0. */
  readonly lostEvents: number;
  /** Replies that reached the hub after its cutoff, a second time, or under an id without a request. */
  readonly strayReplies: number;
  readonly readyAfterMs: number;
  /** Replies contained their request, so that wrong ones were seen. */
  readonly echoes: boolean;
}

/** Runs the load; nothing that it has started is left when it settles. Rejects if the daemon or the port fails. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { serial, timing, cutoffMs, signal, onProgress } = options;
  const requestedSizes = options.plan.sizesBytes;
  const waiter = createWaiter(signal);
  const gateway = createGatewayRecord();
  const folder = temporaryFolder("rrpc-gateway-bench-");
  const hub = await startHub({ devices: [madeUpDevice], cutoffMs, observe: waiter.check });
  const socket = join(folder.path, "monitor");
  // The longest possible queue: a gateway that refuses requests would hide how slow the board is.
  const sections = { serial, rrpc: { ...options.rrpc, cutoffMs, queueMax: 4096 }, monitor: { socket } };
  const configFile = writeConfig(folder.path, hub.mqttPort, sections);
  const startedAt = performance.now();
  const daemon = startDaemon({ configFile, onEnd: waiter.check });
  const monitor = watchGateway(socket, gateway.take, waiter.check);
  try {
    const whyEnded = () => {
      const why = daemon.whyEnded();
      return why === undefined ? undefined : [`${why}; its log:`, ...daemon.lastLogLines()].join("\n");
    };
    const until = (failure: string, condition: () => boolean) => waiter.until(failure, condition, whyEnded);
    await until("no subscription at the hub", () => hub.counts().subscribed > 0);
    await until("no data from the gateway's monitor", monitor.isReady);
    await until("no answer from the board", gateway.isHandshakeOver);
    const readyAfterMs = performance.now() - startedAt;
    // The first call runs cold code on both sides: its time is not counted.
    const first = await hub.call(madeUpDevice, `${options.plan.plain} abc`);
    const firstReply = first.kind === "answered" ? first.payload.toString() : "";
    const echoes = isEcho(firstReply, options.plan.plain, "abc");
    const isRefused = errorIn(firstReply) === refusal;
    const usualSizes = [isRefused ? 0 : usualSizeBytes];
    const plan = { ...options.plan, sizesBytes: requestedSizes.length > 0 ? requestedSizes : usualSizes };

    const ended: Omit<RequestRecord, "split">[] = [];
    let failed = 0;
    const firstAt = performance.now();
    await generateLoad(
      plan,
      async (index, payload) => {
        const calledAt = performance.now();
        const result = await hub.call(madeUpDevice, payload);
        const { processId, times } = result;
        const record = {
          index,
          processId,
          payloadBytes: Buffer.byteLength(payload),
          startMs: calledAt - firstAt,
          totalMs: times === undefined ? performance.now() - calledAt : times.endedMs - times.arrivedMs,
          outcome: outcomeOf(result, payload, echoes ? options.plan.plain : undefined),
        };
        ended.push(record);
        if (record.outcome !== "ok") failed++;
        onProgress(ended.length, failed);
      },
      signal,
    );
    const timesOf = ({ processId }: { readonly processId: string | undefined }) =>
      processId === undefined ? undefined : gateway.times(processId);
    const isComplete = () => ended.every((record) => record.outcome !== "ok" || timesOf(record) !== undefined);
    await until("no times of all requests from the gateway's monitor", () => gateway.lostCount() > 0 || isComplete());
    await daemon.stop();
    await monitor.ended;
    const { late_reply: late, second_reply: second, unknown_reply: unknown } = hub.counts();
    const records = ended.map((record): RequestRecord => {
      const times = timesOf(record);
      const isSplit = record.outcome === "ok" && times !== undefined;
      return { ...record, split: isSplit ? splitOf(record.totalMs, times, timing) : undefined };
    });
    return {
      plan,
      records,
      gatewayCounts: gateway.counts(),
      lostEvents: gateway.lostCount(),
      strayReplies: late + second + unknown,
      readyAfterMs,
      echoes,
    };
  } finally {
    monitor.close();
    await daemon.kill();
    await hub.close();
    folder.remove();
  }
}
