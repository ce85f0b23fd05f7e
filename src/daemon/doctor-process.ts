import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import type { DoctorFinding, DoctorOutcome } from "../remote/answer.ts";
import { shownPlace } from "./shown-place.ts";

/** It waits 10 s for a name server or a hub that is silent, part by part; a port that hangs would keep it for ever. */
const usualLimitMs = 90_000;

/** A report has some 400 bytes for each finding, of which a board has ten: of 98 boards that is 400 KB. */
const outputBytesMax = 1024 * 1024;

interface Running {
  readonly child: ChildProcess;
  /** There is no report, and nothing is waited for. */
  fail(why: string): void;
}

/**
 * `rrpc-gateway doctor --json` as a process of its own, so that nothing that it waits for delays a board: with the lowest priority,
 * and the first to be ended where memory runs out.
 */
export class DoctorProcess {
  readonly #command: readonly string[];
  readonly #limitMs: number;
  /** Until the process is gone. */
  #running: Running | undefined;

  /** @param command with its arguments: nothing of a request is a part of it */
  constructor(command: readonly string[], limitMs = usualLimitMs) {
    this.#command = command;
    this.#limitMs = limitMs;
  }

  /**
   * One at a time. Never rejects, and settles within the limit, whatever the process does.
   *
   * @param boards the names that are known already
   */
  run(boards: readonly string[]): Promise<DoctorOutcome> {
    return new Promise((resolve) => {
      const { pid } = this.#running?.child ?? {};
      if (pid !== undefined) return resolve(failed(`the one before, process ${pid}, was killed and is not gone yet`));
      const child = spawned(this.#command);
      if (child instanceof Error) return resolve(failed(`it cannot be run: ${child.message}`));
      const end = (outcome: DoctorOutcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const timer = setTimeout(
        () => this.#kill(`it took longer than ${this.#limitMs / 1000} s`),
        this.#limitMs,
      ).unref();
      const gone = () => {
        this.#running = undefined;
      };
      this.#running = { child, fail: (why) => end(failed(why)) };
      child.once("error", ({ message }) => {
        gone();
        end(failed(`it cannot be run: ${message}`));
      });
      child.once("exit", gone);
      let output = "";
      child.once("close", () => end(outcomeIn(output, boards)));
      // Where no descriptor is free, there is no output; the error follows.
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.length > outputBytesMax) this.#kill("it says too much");
      });
      yieldToOthers(child.pid);
    });
  }

  /** Ends it, where it runs. */
  stop(): void {
    this.#kill("the gateway stops");
  }

  /** Its end is not waited for: a process that hangs in a driver, such as in opening a port, survives even SIGKILL. */
  #kill(why: string): void {
    if (this.#running === undefined) return;
    const { child, fail } = this.#running;
    fail(why);
    child.stdout?.destroy();
    child.unref();
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // ESRCH: it has just ended.
    }
  }
}

/** Some errors Node.js throws, such as that there is no memory for another process; the others follow as the event. */
function spawned([file = "", ...args]: readonly string[]): ChildProcess | Error {
  try {
    return spawn(file, args, { stdio: ["ignore", "pipe", "ignore"], detached: true });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const failed = (why: string): DoctorOutcome => ({ result: "failed", why });

/** Both may be refused, by a sandbox or without /proc: then it runs as everything else. */
function yieldToOthers(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const lower of [() => setPriority(pid, 19), () => writeFileSync(`/proc/${pid}/oom_score_adj`, "1000")])
    try {
      lower();
    } catch {
      // EPERM, EACCES or ENOENT.
    }
}

function outcomeIn(output: string, boards: readonly string[]): DoctorOutcome {
  const none = failed("it printed no report");
  try {
    const report: unknown = JSON.parse(output);
    if (typeof report !== "object" || report === null) return none;
    if (!("status" in report) || !("findings" in report) || !Array.isArray(report.findings)) return none;
    const findings = report.findings
      .map((one) => findingOf(one, boards))
      .sort((one, other) => rankOf(one) - rankOf(other));
    return { result: "examined", status: String(report.status), findings };
  } catch (error) {
    if (error instanceof SyntaxError) return none;
    throw error;
  }
}

/** Without its evidence, in which there may be what a board or a file says. */
function findingOf(finding: DoctorFinding, boards: readonly string[]): DoctorFinding {
  const { id, code, board, state, subject, line, column, path = "", help } = finding;
  const place = line === undefined || column === undefined ? {} : shownPlace({ line, column, path }, boards);
  return {
    id,
    code,
    state,
    ...(board !== undefined && { board }),
    subject,
    ...place,
    ...(help !== undefined && { help }),
  };
}

const ranks = ["fault", "warning", "unknown", "ok"];

const rankOf = ({ state }: DoctorFinding) => ranks.indexOf(state);
