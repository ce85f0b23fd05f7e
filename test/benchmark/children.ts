// The benchmark's other processes: each is ended with it, however it ends, and none is waited for without a bound.
import { type ChildProcess, fork, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

/** For a process to start or to stop on a busy machine. */
const startStopLimitMs = 15_000;

/**
 * Starts a program whose output goes to a file. Its environment is what a service gets, whatever the shell's is:
 * NODE_EXTRA_CA_CERTS alone, which many have set, costs each Node.js 20 some 45 ms of its start.
 */
export function startProgram(command: string, args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, "a");
  const stdio = ["ignore", log, log] satisfies SpawnOptions["stdio"];
  return keepChild(spawn(command, args, { stdio, env: { PATH: process.env["PATH"] } }));
}

/** Sends SIGTERM and waits for the end, SIGKILL if that takes too long. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const hasExited = once(child, "exit");
  const limit = setTimeout(() => child.kill("SIGKILL"), startStopLimitMs);
  child.kill("SIGTERM");
  await hasExited;
  clearTimeout(limit);
}

/** A process of ours that answers each request with one answer, one at a time. */
export interface Peer<Request, Answer> {
  readonly child: ChildProcess;
  /** Rejects when no answer comes within `limitMs`, or when the process ends. */
  ask(request: Request, limitMs?: number): Promise<Answer>;
}

/** Starts a TypeScript module of this folder as a process of its own, and waits for its first message. */
export async function startPeer<Request extends object, Answer>(
  module: string,
  options: object,
): Promise<{ readonly peer: Peer<Request, Answer>; readonly ready: unknown }> {
  const child = keepChild(
    fork(new URL(module, import.meta.url), [JSON.stringify(options)], {
      execArgv: ["--import", "tsx"],
      serialization: "advanced",
    }),
  );
  const answer = (what: string, limitMs: number) =>
    new Promise<unknown>((resolve, reject) => {
      const done = (settle: () => void) => () => {
        clearTimeout(limit);
        child.off("message", onMessage);
        child.off("exit", onExit);
        settle();
      };
      const onMessage = (message: unknown) => done(() => resolve(message))();
      const onExit = done(() => reject(new Error(`${module} ended before: ${what}`)));
      const limit = setTimeout(
        done(() => reject(new Error(`${module} took more than ${limitMs} ms: ${what}`))),
        limitMs,
      );
      child.on("message", onMessage);
      child.on("exit", onExit);
    });
  const ready = await answer("start", startStopLimitMs);
  return {
    ready,
    peer: {
      child,
      async ask(request, limitMs = startStopLimitMs) {
        child.send(request);
        // Both ends of the pipe are of one module's types.
        return (await answer(JSON.stringify(request), limitMs)) as Answer;
      },
    },
  };
}

/** Answers the parent's requests, in a process that `startPeer` started. Say what the parent is to know first, with `process.send`. */
export function answerParent<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on("message", (request: Request) => {
    void answer(request).then((result) => process.send?.(result));
  });
  process.on("disconnect", () => process.exit());
}

/** It ends with the benchmark, at the latest. */
export function keepChild<Child extends ChildProcess>(child: Child): Child {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}
