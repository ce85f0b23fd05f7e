// Makes the calls of a load: at a rate, or a fixed number at a time.
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadPlan, payloadOf, requestsMax } from "./plan.ts";

/** Makes one call; settles when it has ended, with or without an answer. */
export type MakeCall = (index: number, payload: string) => Promise<void>;

/** Makes the plan's calls, and resolves when the last one has ended. After the signal no new call is made. */
export async function generateLoad(plan: LoadPlan, call: MakeCall, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const count = Math.min(plan.requests ?? requestsMax, requestsMax);
  const endsAt = plan.durationMs === undefined ? Number.POSITIVE_INFINITY : startedAt + plan.durationMs;
  let index = 0;
  const isOver = () => index >= count || performance.now() >= endsAt || signal.aborted;

  async function worker(): Promise<void> {
    while (!isOver()) {
      const mine = index++;
      await call(mine, payloadOf(plan, mine));
    }
  }

  switch (plan.pace.kind) {
    case "concurrency":
      await Promise.all(Array.from({ length: plan.pace.open }, worker));
      return;
    case "rate": {
      const open: Promise<void>[] = [];
      while (!isOver()) {
        // Computed from the start and the count, so that a late timer does not lower the rate.
        const dueAt = startedAt + (index * 1000) / plan.pace.perSecond;
        const restMs = dueAt - performance.now();
        if (restMs > 1) {
          await sleep(restMs, undefined, { signal }).catch(() => {});
          continue;
        }
        const mine = index++;
        open.push(call(mine, payloadOf(plan, mine)));
      }
      await Promise.all(open);
      return;
    }
    default:
      plan.pace satisfies never;
  }
}
