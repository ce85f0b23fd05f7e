import type { CallResult } from "./calls.ts";
import type { HubEvent } from "./events.ts";
import { resultCodes } from "./result-codes.ts";

/** An event as one line for people and programs: its kind, then `key=value` pairs. Never a payload's contents. */
export function eventLine(event: HubEvent): string {
  const { kind, clientId, ...rest } = event;
  return [
    kind,
    ...pairs({ clientId, ...("result" in rest ? resultPairs(rest.result) : rest), ...meaning(event) }),
  ].join(" ");
}

/** What a code says that is not 0. */
function meaning(event: HubEvent): Record<string, unknown> {
  return event.kind === "operation" && event.code !== 0 ? { meaning: resultCodes[event.code] } : {};
}

function resultPairs(result: CallResult): Record<string, unknown> {
  const answered = result.kind === "answered";
  return {
    processId: result.processId,
    outcome: answered ? "answered" : result.code,
    ms: result.times && (result.times.endedMs - result.times.publishedMs).toFixed(1),
    payload: answered ? result.payload : undefined,
  };
}

function pairs(values: Record<string, unknown>): string[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (Buffer.isBuffer(value) ? `bytes=${value.length}` : `${key}=${word(String(value))}`));
}

/** Bare where it is one printable word, else quoted: what devices send must not reach a terminal as control bytes. */
function word(text: string): string {
  if (/^[!#-~]+$/.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
