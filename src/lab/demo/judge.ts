// What is promised of calls, as functions of their results: each returns what is not as promised, in words.
import type { Call, CallError } from "./application.ts";

/** A call without a wait for anything; what it takes (7 ms) many times over, so that a busy machine keeps it as well. */
export const promptMs = 500;

/** What two errors of one kind have in common. */
export type Expected = Pick<CallError, "source" | "code" | "reason" | "executed">;

/** Every call got the MCU's own reply, and in time. `replyTo` says which one that is. */
export function notAnswered(calls: readonly Call[], replyTo: (payload: string) => string, limitMs: number): string[] {
  return calls.flatMap((call) => {
    const expected = replyTo(call.payload);
    const { outcome } = call;
    const isRight = outcome.kind === "answered" && outcome.reply === expected;
    return fault(call, isRight, `the reply ${JSON.stringify(expected)}`, limitMs);
  });
}

/** Every call got the error that was expected of it, and in time. */
export function notRefused(calls: readonly Call[], expected: Expected, limitMs: number): string[] {
  const wanted = [expected.source, expected.code, expected.reason, expected.executed];
  return calls.flatMap((call) => {
    const { outcome } = call;
    const found = outcome.kind === "error" ? outcome.error : undefined;
    const isRight = wanted.join() === [found?.source, found?.code, found?.reason, found?.executed].join();
    const [source, code, reason, executed] = wanted;
    return fault(call, isRight, `${code}/${reason} of the ${source}, executed: ${executed}`, limitMs);
  });
}

function fault(call: Call, isRight: boolean, expected: string, limitMs: number): string[] {
  if (isRight && call.ms <= limitMs) return [];
  return [
    `${JSON.stringify(call.payload)}: expected ${expected} within ${limitMs} ms, ` +
      `found ${found(call)} after ${call.ms.toFixed(0)} ms`,
  ];
}

function found({ outcome }: Call): string {
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
