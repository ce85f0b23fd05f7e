import { accessSync, constants } from "node:fs";
import { type OperatorCommand, runScript, succeeded } from "../runtime/operator-command.ts";

/** A way to reset an MCU that does not answer. */
export interface RecoveryAction {
  /** For the log, as in "the power cycle of USB socket 1-1.2"; how it ended follows it. */
  readonly text: string;
  /** Why it cannot be done now, and what helps; undefined if it can be tried. */
  problem(): string | undefined;
  /** Starts it. `ended` settles within 25 s, never rejects, and says in words how it ended. */
  run(): OperatorCommand;
}

/** A script of ours; it gets values as "$1" and so on, they are never a part of it. */
export interface Step {
  readonly script: string;
  readonly args: readonly string[];
}

/** A USB hub that does not answer blocks a control transfer for 5 s. A stop may wait for it (TimeoutStopSec=30). */
const stepLimitMs = 6000;

export function runStep({ script, args }: Step): OperatorCommand {
  return runScript(script, args, process.env, stepLimitMs);
}

interface Switch {
  readonly over: Step;
  readonly holdMs: number;
  readonly back: Step;
  /** Called when it is certainly switched back. */
  readonly onBack?: () => void;
}

/**
 * Switches something over, and back after `holdMs`, in any case: a board must not stay in reset, or without power. `kill` cuts the
 * wait short, and it is still switched back; `ended` settles after that.
 */
export function runSwitch({ over, holdMs, back, onBack }: Switch): OperatorCommand {
  const stopping = new AbortController();
  let switching: OperatorCommand | undefined;

  async function run(): Promise<string> {
    switching = runStep(over);
    const first = await switching.ended;
    switching = undefined;
    if (first === succeeded) await pause(holdMs, stopping.signal);
    const second = await runStep(back).ended;
    if (second !== succeeded) return `failed on the way back: it ${second}`;
    onBack?.();
    return first === succeeded ? "is done" : `failed: it ${first}`;
  }

  return {
    ended: run(),
    kill() {
      stopping.abort();
      switching?.kill();
    },
  };
}

/** Ends early if it is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  });
}

/** Why this process may not write to a file, and what helps; undefined if it may. */
export function writeProblem(file: string, hints: Readonly<Record<string, string>>): string | undefined {
  try {
    accessSync(file, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return `${file}: ${hints[code] ?? code}`;
  }
}
