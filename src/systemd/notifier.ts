/**
 * What the daemon tells systemd (sd_notify(3)). Node.js has no AF_UNIX datagram sockets, so the program `systemd-notify` is run for each
 * message, through the package of that name if it knows the message.
 *
 * Invariants: messages go out in order and one at a time (systemd 252 loses beats that overlap); no call throws or waits; a message
 * that cannot be sent is logged and has no other effect.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import notify from "systemd-notify";
import type { Log } from "../runtime/logger.ts";

/** The program waits up to 5 s until systemd has taken the message; the rest is for its start on a busy machine. */
const sendTimeoutMs = 10_000;

export interface Notifier {
  /** Whether a service manager has started this process and reads its messages. */
  readonly isManaged: boolean;
  /** The longest time between two beats that systemd accepts; undefined if it expects none. */
  readonly watchdogMs: number | undefined;
  /** The start, or a reload, is complete. */
  ready(): void;
  /** What `systemctl status` shows; one line. */
  status(text: string): void;
  stopping(): void;
  /** A reload has begun; `ready` ends it. */
  reloading(): void;
  /** A sign of life for the watchdog. */
  beat(): void;
  /** Resolves when no message is left to be sent; what could not be sent has been given up. */
  idle(): Promise<void>;
}

type Message = "ready" | "status" | "stopping" | "reloading" | "beat";

/** Tells the service manager that `env` names; nobody if it names none. */
export function createNotifier(env: NodeJS.ProcessEnv, log: Log): Notifier {
  const isManaged = (env["NOTIFY_SOCKET"] ?? "") !== "";
  /** At most one message of each kind, the newest; in the order in which they were posted. */
  const waiting = new Map<Message, () => Promise<unknown>>();
  let sending: Promise<void> | undefined;
  let failed = false;

  function post(message: Message, send: () => Promise<unknown>): void {
    if (!isManaged) return;
    waiting.delete(message);
    waiting.set(message, send);
    sending ??= sendAll();
  }

  async function sendAll(): Promise<void> {
    for (const [message, send] of waiting) {
      waiting.delete(message);
      try {
        await send();
      } catch (error) {
        sayFailure(message, error);
      }
    }
    sending = undefined;
  }

  /** Logged once: a program that is missing stays missing, and a beat is due every few seconds. */
  function sayFailure(message: Message, error: unknown): void {
    if (failed) return;
    failed = true;
    const why = error instanceof Error ? error.message : String(error);
    log.say("warn", "systemd notify", `systemd could not be told (${message}), service goes on: ${why}`);
  }

  return {
    isManaged,
    watchdogMs: isManaged ? watchdogMs(env) : undefined,
    ready: () => post("ready", () => withinTimeout(notify({ ready: true }))),
    status: (text) => post("status", () => withinTimeout(notify({ status: text }))),
    stopping: () => post("stopping", () => run("STOPPING=1")),
    // Type=notify-reload (systemd 253) tells this reload from an earlier one by the time.
    reloading: () => post("reloading", () => run("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)),
    beat: () => post("beat", () => run("WATCHDOG=1")),
    idle: async () => await sending,
  };
}

/** sd_watchdog_enabled(3): the interval, and whose beats are expected. */
function watchdogMs(env: NodeJS.ProcessEnv): number | undefined {
  const pid = env["WATCHDOG_PID"];
  if (pid !== undefined && pid !== String(process.pid)) return undefined;
  const usec = env["WATCHDOG_USEC"];
  return usec !== undefined && /^[1-9]\d*$/.test(usec) ? Number(usec) / 1000 : undefined;
}

/** Without `--no-block`, which loses beats on systemd 252: the sender has ended before systemd looks it up. */
async function run(...assignments: readonly string[]): Promise<void> {
  await promisify(execFile)("systemd-notify", assignments, { timeout: sendTimeoutMs, killSignal: "SIGKILL" });
}

/** The package's process cannot be ended from here; if it hangs, the messages after it go out nevertheless. */
function withinTimeout(sent: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`systemd-notify has not ended within ${sendTimeoutMs} ms`));
    const timer = setTimeout(giveUp, sendTimeoutMs);
    timer.unref();
    sent.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
