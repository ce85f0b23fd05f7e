import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import type { DoctorFinding, DoctorOutcome } from "../remote/answer.ts";
import { shownPlace } from "./shown-place.ts";

/** It waits 10 s for a name server or a hub that is silent, part by part; a port that hangs would keep it for ever. */
const limitMs = 90_000;

/** A report has some 400 bytes for each finding, of which a board has ten: of 98 boards that is 400 KB. */
const outputBytesMax = 1024 * 1024;

/**
 * `rrpc-gateway doctor --json` as a process of its own, so that nothing that it waits for delays a board: with the lowest priority,
 * and the first to be ended where memory runs out.
 */
export class DoctorProcess {
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;
  #why: string | undefined;

  /** @param command with its arguments: nothing of a request is a part of it */
  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /**
   * One at a time. Never rejects, and settles within `limitMs`.
   *
   * @param boards the names that are known already
   */
  run(boards: readonly string[]): Promise<DoctorOutcome> {
    return new Promise((resolve) => {
      const [file = "", ...args] = this.#command;
      const child = spawn(file, args, { stdio: ["ignore", "pipe", "ignore"], detached: true });
      this.#child = child;
      this.#why = undefined;
      yieldToOthers(child.pid);
      const timer = setTimeout(() => this.#end(`it took longer than ${limitMs / 1000} s`), limitMs).unref();
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.length > outputBytesMax) this.#end("it says too much");
      });
      let isOver = false;
      const end = (why: string | undefined) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        this.#child = undefined;
        resolve(why === undefined ? outcomeIn(output, boards) : { result: "failed", why });
      };
      child.once("error", ({ message }) => end(`it cannot be run: ${message}`));
      child.once("close", () => end(this.#why));
    });
  }

  /** Ends it, where it runs. */
  stop(): void {
    this.#end("the gateway stops");
  }

  #end(why: string): void {
    const { pid } = this.#child ?? {};
    if (pid === undefined) return;
    this.#why ??= why;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // ESRCH: it has just ended.
    }
  }
}

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
  const failed = { result: "failed", why: "it printed no report" } as const;
  try {
    const report: unknown = JSON.parse(output);
    if (typeof report !== "object" || report === null) return failed;
    if (!("status" in report) || !("findings" in report) || !Array.isArray(report.findings)) return failed;
    const findings = report.findings
      .map((one) => findingOf(one, boards))
      .sort((one, other) => rankOf(one) - rankOf(other));
    return { result: "examined", status: String(report.status), findings };
  } catch (error) {
    if (error instanceof SyntaxError) return failed;
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
