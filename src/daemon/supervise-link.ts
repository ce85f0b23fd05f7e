import { isDeepStrictEqual } from "node:util";
import type { BoardConfig } from "../config/board-config.ts";
import type { Backoff } from "../core/backoff.ts";
import { type ReopeningRung, rungs } from "../core/recovery.ts";
import type { LinkEvent } from "../gateway/boundary.ts";
import type { RecoveryAction } from "../recovery/action.ts";
import { recoveryActions } from "../recovery/configured.ts";
import type { RecoveryActions } from "../recovery/open.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import type { OperatorCommand } from "../runtime/operator-command.ts";
import { Supervisor } from "../runtime/supervisor.ts";
import { seconds } from "../runtime/text.ts";
import type { Link, OpeningEvent, openLink } from "../serial/link.ts";
import { watchPath } from "../serial/path-watch.ts";
import type { LinkEnd } from "../serial/port-fault.ts";

/**
 * For a port that is busy, because nothing tells when it is free. Often enough that nobody has to wait for it, and seldom enough
 * to cost nothing: an attempt takes a few ms.
 */
const backoff: Backoff = { firstMs: 250, maxMs: 2000 };

/** A port that closes sooner did not work: the next wait grows. */
const stableMs = 5000;

/** The events of each opening in turn, and what happens between two openings. */
export type SupervisedLinkEvent = OpeningEvent | Extract<LinkEvent, { readonly kind: "kept" }>;

/** How the port is opened anew: as the recovery does, or by order with the first recovery action, whichever is the next in turn. */
export type Reopening = ReopeningRung | "first_action";

/** The serial port, kept open; `current` is the opening, if it is up. */
export interface SupervisedLink {
  readonly current: Link | undefined;
  /** `why` it is down is the kind of the latest end. */
  readonly status: { readonly isUp: boolean; readonly forMs: number; readonly why: LinkEnd["kind"] | undefined };
  start(): void;
  stop(): Promise<void>;
  /** Takes other options that can be changed on the open port. */
  configure(serial: BoardConfig["serial"]): void;
  /**
   * Closes the port and opens it again: at once, with a pulse of DTR or RTS, or after a recovery action. If the action is not
   * possible, the port stays open, and `kept` follows.
   */
  reopen(how: Reopening): void;
}

export interface LinkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly openLink: typeof openLink;
  /** What is served or released and has its power from this USB socket, in words; undefined if there is nothing. */
  readonly neighbourAt: (socket: string) => string | undefined;
}

/** Keeps the serial port open until it is stopped. */
export function superviseLink(
  options: BoardConfig["serial"],
  emit: (event: SupervisedLinkEvent) => void,
  { clock, log, openLink: open, neighbourAt }: LinkParts,
): SupervisedLink {
  const { path } = options;
  let serial = options;
  /** How the next opening begins. */
  let rung: ReopeningRung = "reopen";
  let isStopped = false;
  let latestEnd: LinkEnd["kind"] | undefined;
  let actions = loadActions();
  let running: OperatorCommand | undefined;
  let isActing = false;

  const supervisor = new Supervisor<Link, LinkEnd>({
    open: (onUp, onDown) => {
      const { recovery } = serial;
      const pulse =
        rung === "pulse" && recovery.pulse !== "none" ? { line: recovery.pulse, ms: recovery.pulseMs } : undefined;
      rung = "reopen";
      return open({ ...serial, pulse, lineBytesMax: serial.replyBytesMax }, (event) => {
        if (event.kind === "up") onUp();
        emit(event);
        if (event.kind === "down") onDown(event.cause);
      });
    },
    close: (link) => link.close(),
    backoff,
    intervalMs: 0,
    stableMs,
    // After any end: a device that went away may come back, one that we may not open may be given to our group.
    watch: (retry) => watchPath(path, retry),
    onUp: ({ downMs }) => {
      log.say("info", "link up", `link: ${path} is open, after ${seconds(downMs)}`, "board");
      void actions?.then((loaded) => loaded.portOpened());
    },
    onDown: (end, { upMs, retryMs }) => {
      latestEnd = end.kind;
      if (end.kind === "closed") return;
      const was = upMs === undefined ? "link" : `link: lost after ${seconds(upMs)}`;
      const hint = end.hint === undefined ? "" : `; ${end.hint}`;
      const next = end.kind === "no_device" ? "waiting for it" : `next try in ${seconds(retryMs)}`;
      log.say("warn", `link ${end.kind}`, `${was}: ${end.message}${hint} (${next})`, "board");
    },
    now: clock.now,
    random: Math.random,
  });

  /**
   * Loaded only if there are any, once, and at the start: by the time they are needed, an upgrade may have replaced the program.
   */
  function loadActions(): Promise<RecoveryActions> | undefined {
    if (recoveryActions(serial.recovery).length === 0) return undefined;
    return import("../recovery/open.ts").then(({ openRecovery }) =>
      openRecovery(serial, { env: process.env, neighbourAt }),
    );
  }

  /** The port stays closed until the action has ended: the action may remove the device. */
  async function act(which: "next" | "first"): Promise<void> {
    // Two who ask at once, such as the recovery and somebody in the cloud, are served by one action.
    if (isActing) return;
    isActing = true;
    await actOnce(which);
    isActing = false;
  }

  async function actOnce(which: "next" | "first"): Promise<void> {
    const action = (await actions)?.[which]();
    if (action === undefined) return supervisor.renew();
    const problem = action.problem();
    if (problem !== undefined) {
      // Closing the port would only cost the replies that are still awaited; the next action has its turn later.
      sayAction(action, `is not possible: ${problem}`);
      return emit({ kind: "kept" });
    }
    await supervisor.stop();
    if (isStopped) return;
    running = action.run();
    const end = await running.ended;
    running = undefined;
    sayAction(action, end);
    if (!isStopped) supervisor.start();
  }

  function sayAction(action: RecoveryAction, end: string): void {
    log.say("warn", "recovery action", `link: ${action.text} ${end}`, "recovery");
  }

  return {
    get current() {
      return supervisor.current;
    },
    get status() {
      return { ...supervisor.status, why: latestEnd };
    },
    start: () => supervisor.start(),
    async stop() {
      isStopped = true;
      running?.kill();
      await Promise.all([running?.ended, supervisor.stop()]);
    },
    configure(next) {
      const before = serial;
      serial = next;
      if (!isDeepStrictEqual(before.recovery, next.recovery)) {
        if (actions === undefined) actions = loadActions();
        else void actions.then((loaded) => loaded.configure(serial.recovery));
      }
      supervisor.connection?.adjust({ ...next, lineBytesMax: next.replyBytesMax });
    },
    reopen(next) {
      if (next === "first_action") return void act("first");
      // An earlier one may still wait for the port to close: a gentler one must not replace its pulse.
      if (rungs.indexOf(next) > rungs.indexOf(rung)) rung = next;
      if (next === "command") void act("next");
      else supervisor.renew();
    },
  };
}
