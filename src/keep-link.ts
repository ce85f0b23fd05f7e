import type { Config } from "./config/load.ts";
import type { Backoff } from "./core/backoff.ts";
import { seconds } from "./describe.ts";
import type { Clock, Log } from "./ports.ts";
import { Keeper } from "./runtime/keeper.ts";
import { type Link, type LinkEvent, openLink } from "./serial/link.ts";
import { watchPath } from "./serial/path-watch.ts";
import type { LinkEnd } from "./serial/port-fault.ts";

/** A port that is busy or broken is tried often enough that nobody waits for it, and seldom enough to cost nothing. */
const backoff: Backoff = { firstMs: 250, maxMs: 10_000 };

/** A port that closes sooner was no recovery: the next wait grows. */
const stableMs = 5000;

/** Keeps the serial port open, for ever; `emit` gets the events of each opening in turn. */
export function keepLink(
  serial: Config["serial"],
  emit: (event: LinkEvent) => void,
  { clock, log }: { clock: Clock; log: Log },
): Keeper<Link, LinkEnd> {
  const { path } = serial;
  return new Keeper<Link, LinkEnd>({
    open: (onUp, onDown) =>
      openLink({ ...serial, lineBytesMax: serial.replyBytesMax }, (event) => {
        if (event.kind === "up") onUp();
        emit(event);
        if (event.kind === "down") onDown(event.cause);
      }),
    close: (link) => link.close(),
    backoff,
    intervalMs: 0,
    stableMs,
    watch: (end, retry) => (end.kind === "no_device" ? watchPath(path, retry) : undefined),
    onUp: ({ downMs }) => log.say("info", "link up", `link: ${path} is open, after ${seconds(downMs)}`),
    onDown: (end, { upMs, retryMs }) => {
      if (end.kind === "closed") return;
      const was = upMs === undefined ? "link" : `link: lost after ${seconds(upMs)}`;
      const hint = end.hint === undefined ? "" : `; ${end.hint}`;
      const next = end.kind === "no_device" ? "waiting for it" : `next try in ${seconds(retryMs)}`;
      log.say("warn", `link ${end.kind}`, `${was}: ${end.message}${hint} (${next})`);
    },
    now: clock.now,
    random: Math.random,
  });
}
