// What is promised for calls, as functions of their results: each returns the deviations, in words.
import type { Call, CallError } from "./application.ts";

/** For a call that waits for nothing. It takes 7 ms; the limit leaves room for a busy machine. */
export const promptMs = 500;

/** What two errors of the same kind have in common. */
export type Expected = Pick<CallError, "source" | "code" | "reason" | "executed">;

/** Every call must get its reply from the MCU in time; `replyTo` says which reply. */
export function replyDeviations(
  calls: readonly Call[],
  replyTo: (payload: string) => string,
  limitMs: number,
): string[] {
  return calls.flatMap((call) => {
    const expected = replyTo(call.payload);
    const { outcome } = call;
    const isRight = outcome.kind === "answered" && outcome.reply === expected;
    return deviation(call, isRight, `the reply ${JSON.stringify(expected)}`, limitMs);
  });
}

/** Every call must get the expected error in time. */
export function errorDeviations(calls: readonly Call[], expected: Expected, limitMs: number): string[] {
  const wanted = [expected.source, expected.code, expected.reason, expected.executed];
  return calls.flatMap((call) => {
    const { outcome } = call;
    const found = outcome.kind === "error" ? outcome.error : undefined;
    const isRight = wanted.join() === [found?.source, found?.code, found?.reason, found?.executed].join();
    const [source, code, reason, executed] = wanted;
    return deviation(call, isRight, `${code}/${reason} from the ${source}, executed: ${executed}`, limitMs);
  });
}

function deviation(call: Call, isRight: boolean, expected: string, limitMs: number): string[] {
  if (isRight && call.ms <= limitMs) return [];
  return [
    `${JSON.stringify(call.payload)}: expected ${expected} within ${limitMs} ms, ` +
      `found ${description(call)} after ${call.ms.toFixed(0)} ms`,
  ];
}

function description({ outcome }: Call): string {
  switch (outcome.kind) {
    case "answered":
      return `the reply ${JSON.stringify(outcome.reply)}`;
    case "error":
      return `${outcome.error.code}/${outcome.error.reason}, executed: ${outcome.error.executed}`;
    case "cloud_error":
      return `the cloud's own ${outcome.code}`;
    default:
      return outcome satisfies never;
  }
}
