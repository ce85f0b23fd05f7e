/**
 * What the daemon tells systemd, as sd_notify(3) has it. Node has no datagram sockets of AF_UNIX, so every message is
 * a run of the `systemd-notify` program, through the package of that name where it knows the message.
 *
 * Invariants: messages go out in order and one at a time (beats that overlap get lost, measured on systemd 252); no
 * call throws or waits; what cannot be sent is logged and has no other effect.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import notify from "systemd-notify";
import type { Log } from "../runtime/logger.ts";

/** The program itself waits up to 5 s until systemd has taken the message; the rest is its start on a busy machine. */
const sendTimeoutMs = 10_000;

export interface Notifier {
  /** Whether a service manager has started this process, and wants to know. */
  readonly isManaged: boolean;
  /** How often systemd expects a `beat` at least; undefined where it expects none. */
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
  /** Resolves when nothing is left to be sent, or all that could not be has been given up. */
  idle(): Promise<void>;
}

type Message = "ready" | "status" | "stopping" | "reloading" | "beat";

/** Speaks to the service manager that `env` names, and to nobody where it names none. */
export function createNotifier(env: NodeJS.ProcessEnv, log: Log): Notifier {
  const isManaged = (env["NOTIFY_SOCKET"] ?? "") !== "";
  /** At most one message of a kind, the newest, in the order in which they were asked for. */
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

  /** Once: a program that is missing stays missing, and a beat is due every few seconds. */
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
    // The instant is what Type=notify-reload (systemd 253) tells this reload from an earlier one by.
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

/** Without `--no-block`, which loses beats on systemd 252 because the sender is gone before it is looked up. */
async function run(...assignments: readonly string[]): Promise<void> {
  await promisify(execFile)("systemd-notify", assignments, { timeout: sendTimeoutMs, killSignal: "SIGKILL" });
}

/** The package's process is out of reach; if it hangs, the messages behind it go out all the same. */
function withinTimeout(sent: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`systemd-notify has not ended within ${sendTimeoutMs} ms`));
    const timer = setTimeout(giveUp, sendTimeoutMs);
    timer.unref();
    sent.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
