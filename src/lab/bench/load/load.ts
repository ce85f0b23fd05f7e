// The load pass: the embedded hub in this process, the real daemon in its own, and the board's own port.

import { startDaemon } from "../../harness/daemon.ts";
import { madeUpDevice, temporaryFolder, writeConfig } from "../../harness/gateway-files.ts";
import { createWaiter } from "../../harness/waiter.ts";
import { startHub } from "../../hub/hub.ts";
import { generateLoad } from "./generate.ts";
import { createJournal } from "./journal.ts";
import { type LoadPlan, usualSizeBytes } from "./plan.ts";
import { errorIn, lineBytes, outcomeOf, type RequestRecord, refusal, splitOf, type Wire } from "./record.ts";

export interface LoadOptions {
  readonly plan: LoadPlan;
  /** The port and how it is set, as the `serial` section of a configuration. */
  readonly serial: Readonly<Record<string, unknown>> & { readonly path: string; readonly baudRate: number };
  readonly wire: Wire;
  readonly cutoffMs: number;
  readonly signal: AbortSignal;
  /** Told after each request how many have ended, and how many of them were not answered. */
  readonly onProgress: (ended: number, failed: number) => void;
}

export interface LoadResult {
  /** What was asked for, with the sizes that were taken. */
  readonly plan: LoadPlan;
  /** In the order of their ends. */
  readonly records: readonly RequestRecord[];
  /** What the daemon has counted besides answers, by name; docs/errors.md and docs/operations.md explain errors and drops. */
  readonly gatewayCounts: ReadonlyMap<string, number>;
  /** Replies that reached the hub after its cutoff, a second time, or under an id that nobody asked under. */
  readonly strayReplies: number;
  readonly readyAfterMs: number;
  /** Replies had their request in them, so that wrong ones were seen. */
  readonly echoes: boolean;
}

/** Runs the load; nothing of it is left when it settles. Rejects when the daemon or the port fails. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { serial, wire, cutoffMs, signal, onProgress } = options;
  const wishedSizes = options.plan.sizesBytes;
  const waiter = createWaiter(signal);
  const journal = createJournal();
  const folder = temporaryFolder("rrpc-gateway-bench-");
  const hub = await startHub({ devices: [madeUpDevice], cutoffMs, observe: waiter.look });
  // One that drops requests before they are late would measure its own patience: the queue is as long as it may be.
  const sections = { serial, rrpc: { cutoffMs, queueMax: 4096 }, log: { level: "debug" } };
  const onLogLine = (line: string) => {
    journal.take(line);
    waiter.look();
  };
  const startedAt = performance.now();
  const daemon = startDaemon(writeConfig(folder.path, hub.mqttPort, sections), onLogLine, waiter.look);
  try {
    const hopeless = () => {
      const code = daemon.exitCode();
      return code === undefined
        ? undefined
        : `the gateway has ended with exit code ${code}:\n${journal.tail().join("\n")}`;
    };
    await waiter.until("subscribing at the hub", () => hub.counts().subscribed > 0, hopeless);
    await waiter.until("meeting the board", () => journal.metMcu(), hopeless);
    const readyAfterMs = performance.now() - startedAt;
    // The first call of all finds code that has never run, on both sides; its time is nobody's latency.
    const first = await hub.call(madeUpDevice, `${options.plan.plain} abc`);
    const firstReply = first.outcome === "answered" ? first.payload.toString() : "";
    const echoes = /^(.* )?abc$/.test(firstReply);
    const isRefused = errorIn(firstReply) === refusal;
    const usualSizes = [isRefused ? 0 : usualSizeBytes];
    const plan = { ...options.plan, sizesBytes: wishedSizes.length > 0 ? wishedSizes : usualSizes };

    const ended: { record: Omit<RequestRecord, "split">; bytes: number }[] = [];
    let failed = 0;
    const firstAt = performance.now();
    await generateLoad(
      plan,
      async (index, payload) => {
        const calledAt = performance.now();
        const result = await hub.call(madeUpDevice, payload);
        const { processId, times } = result;
        const reply = result.outcome === "answered" ? result.payload : Buffer.alloc(0);
        const id = processId ?? "";
        const record = {
          index,
          processId,
          payloadBytes: Buffer.byteLength(payload),
          startMs: calledAt - firstAt,
          totalMs: times === undefined ? performance.now() - calledAt : times.endedMs - times.arrivedMs,
          outcome: outcomeOf(result, payload, echoes),
        };
        ended.push({ record, bytes: lineBytes(id, Buffer.from(payload)) + lineBytes(id, reply) });
        if (record.outcome !== "ok") failed++;
        onProgress(ended.length, failed);
      },
      signal,
    );
    const ending = hopeless();
    if (ending !== undefined) throw new Error(ending);
    await daemon.stop();
    const { late_reply: late, second_reply: second, unknown_reply: unknown } = hub.counts();
    const checksumBytes = journal.checksums() ? 10 : 0;
    const records = ended.map(({ record, bytes }): RequestRecord => {
      const times = record.processId === undefined ? undefined : journal.times(record.processId);
      const isSplit = record.outcome === "ok" && times !== undefined;
      return { ...record, split: isSplit ? splitOf(record.totalMs, times, bytes + checksumBytes, wire) : undefined };
    });
    return {
      plan,
      records,
      gatewayCounts: journal.counts(),
      strayReplies: late + second + unknown,
      readyAfterMs,
      echoes,
    };
  } finally {
    await daemon.kill();
    await hub.close();
    folder.remove();
  }
}
