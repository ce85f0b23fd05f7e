import { setTimeout as pause } from "node:timers/promises";
import { follow } from "../observe/client.ts";
import { askHealth } from "../observe/health-socket.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import type { Picture } from "./picture.ts";

/** So soon a person sees that it is back, and a dead socket costs nothing. */
const retryMs = 1000;

/** A gateway answers a dump at once. */
const dumpLimitMs = 5000;

export interface WatchOptions {
  /** Where the gateway says how it is; undefined where this Node.js cannot ask there. */
  readonly healthAddress: string | undefined;
  /** Whether the contents of lines and payloads are asked for. */
  readonly withContents: boolean;
  /** Called after each change of the picture. */
  readonly changed: () => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Gives the picture what passes through the gateway at `socket`, before that what its flight recorder has kept, and whether the
 * gateway is there.
 */
export async function watchGateway(
  socket: string,
  picture: Picture,
  { healthAddress, withContents, changed, signal }: WatchOptions,
): Promise<void> {
  const now = () => new Date().toISOString();
  function take(event: TraceEvent): Promise<"more"> {
    picture.take(event);
    changed();
    return Promise.resolve("more");
  }
  function takeLive(event: TraceEvent): Promise<"more"> {
    picture.awayIs(undefined, now());
    return take(event);
  }
  // What has passed before is told once: after a break it may have been seen already.
  let hasDump = false;
  while (!signal.aborted) {
    if (!hasDump)
      hasDump = (await follow(socket, { want: "dump" }, take, { limitMs: dumpLimitMs, signal })) === undefined;
    const status = healthAddress === undefined ? undefined : (await askHealth(healthAddress))?.status;
    if (status !== undefined) picture.statusIs(status, now());
    const why = await follow(socket, { want: "watch", withContents }, takeLive, { signal });
    picture.awayIs(why ?? "it has stopped", now());
    changed();
    await pause(retryMs, undefined, { signal }).catch(ignore);
  }
}

/** It was interrupted. */
function ignore(): void {}
