/**
 * A status as another process says it is: perhaps another version of the gateway, perhaps none at all. Texts have no control characters
 * afterwards, what is missing or of another type is left out, and what is not known is dropped.
 */
import { type Reason, reasons } from "../core/outcome.ts";
import { visible } from "../runtime/text.ts";
import type { BoardPart, ConnectionPart, Status } from "./status.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Undefined where it is none. */
export function readStatus(value: unknown): Status | undefined {
  const status = fieldsOf(value);
  if (status === undefined || !Array.isArray(status["boards"])) return undefined;
  const hub = connectionIn(status["hub"]);
  const boards = status["boards"].map(boardIn);
  if (hub === undefined || !boards.every((board) => board !== undefined)) return undefined;
  return {
    version: textIn(status["version"]) ?? "?",
    nodeVersion: textIn(status["nodeVersion"]) ?? "?",
    upMs: numberIn(status["upMs"]) ?? 0,
    hub,
    boards,
  };
}

function boardIn(value: unknown): BoardPart | undefined {
  const board = fieldsOf(value);
  const name = textIn(board?.["name"]);
  const serial = connectionIn(board?.["serial"]);
  if (board === undefined || name === undefined || serial === undefined) return undefined;
  const released = fieldsOf(board["released"]);
  return {
    name,
    serial,
    ...(released && { released: { who: textIn(released["who"]) ?? "?", forMs: numberIn(released["forMs"]) ?? 0 } }),
    ...some("mcuIncident", textIn(board["mcuIncident"])),
    ...some("offlineBecause", textIn(board["offlineBecause"])),
    ...some("hello", textIn(board["hello"])),
    total: countsIn(board["total"]),
    lastHour: countsIn(board["lastHour"]),
    ...some("p99Ms", numberIn(board["p99Ms"])),
    ...some("lastError", lastErrorIn(board["lastError"])),
  };
}

function connectionIn(value: unknown): ConnectionPart | undefined {
  const { isUp, forMs, why } = fieldsOf(value) ?? {};
  if (typeof isUp !== "boolean") return undefined;
  return { isUp, forMs: numberIn(forMs) ?? 0, ...some("why", textIn(why)) };
}

function lastErrorIn(value: unknown): BoardPart["lastError"] {
  const { reason, agoMs } = fieldsOf(value) ?? {};
  const isKnown = typeof reason === "string" && Object.hasOwn(reasons, reason);
  return isKnown ? { reason: reason as Reason, agoMs: numberIn(agoMs) ?? 0 } : undefined;
}

function countsIn(value: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value) ?? {}).flatMap(([name, count]) => {
      const number = numberIn(count);
      return number === undefined ? [] : [[visible(name), number]];
    }),
  );
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}

const textIn = (value: unknown) => (typeof value === "string" ? visible(value) : undefined);

const numberIn = (value: unknown) => (typeof value === "number" && value >= 0 ? value : undefined);

/** An object with the value, or an empty one. */
function some<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [One in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [One in Key]?: Value });
}
