import { setTimeout as sleep } from "node:timers/promises";
import { type Tap, unaltered } from "../tap.ts";
import type { Testbed } from "../testbed.ts";

/** The age at which a session counts as stable for the gateway, 10 s, and room: its waits then start small again. */
const stableMs = 11_000;

/** Longer than the gateway's longest wait between two attempts, and than its patience with a hub that says nothing. */
const attemptLimitMs = 120_000;

/** Waits until the session counts as stable. */
export async function stableSession({ traffic, until }: Testbed): Promise<void> {
  const { atMs } = await until("a session", () => {
    const last = traffic.findLast(({ kind }) => kind === "subscribed" || kind === "closed");
    return last?.kind === "subscribed" && last;
  });
  await sleep(Math.max(0, atMs + stableMs - performance.now()));
}

/** Breaks the session; the gateway makes another one as soon as it may. */
export async function breakSession({ tap }: Testbed): Promise<void> {
  await tap.cut();
  await tap.restore();
}

/** Waits until so many connections that the gateway opens from now on have ended. */
export async function failedSessions({ tap, until }: Testbed, count: number): Promise<void> {
  const before = tap.traffic.filter(({ kind }) => kind === "opened").length;
  const isFailed = () =>
    tap.traffic.filter(({ kind, connection }) => kind === "closed" && connection > before).length >= count;
  await until(`the end of ${count} connections`, isFailed, attemptLimitMs);
}

/** Lets packets pass only as `alter` says while `during` goes on. */
export async function whileAltered({ tap }: Testbed, alter: Tap["alter"], during: () => Promise<void>): Promise<void> {
  tap.alter = alter;
  try {
    await during();
  } finally {
    tap.alter = unaltered;
  }
}
