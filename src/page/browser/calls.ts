import type { Call, Frame } from "../frame.ts";
import { byId, element, setText } from "./dom.ts";
import { duration, timeOfDay } from "./text.ts";

/** A request without a deadline yet: the usual one. */
const deadlineMsUsual = 3500;

interface Row {
  readonly row: HTMLElement;
  readonly time: HTMLElement;
  readonly what: HTMLElement;
  readonly bar: HTMLElement;
  readonly result: HTMLElement;
}

/** Rows are made once and filled anew: at 1000 calls a second only texts and widths change. */
const rows: Row[] = [];

export function drawCalls({ calls, hiddenCallCount, boards }: Frame): void {
  const names = new Map(boards.map(({ name, shownName }) => [name, shownName]));
  for (const [index, call] of calls.entries()) fill(rowAt(index), call, names.get(call.board));
  for (const [index, { row }] of rows.entries()) row.hidden = index >= calls.length;
  const none = calls.length === 0 ? "No calls yet." : "";
  setText(byId("hidden-calls"), hiddenCallCount > 0 ? `and ${hiddenCallCount} more just now` : none);
}

function rowAt(index: number): Row {
  const known = rows[index];
  if (known !== undefined) return known;
  const [time, what, bar, result] = [
    element("span", "time"),
    element("span", "what"),
    element("div", "bar"),
    element("span", "result"),
  ];
  bar.setAttribute("role", "img");
  const row = element("li", "", time, what, bar, result);
  byId("call-list").append(row);
  const made = { row, time, what, bar, result };
  rows.push(made);
  return made;
}

function fill({ time, what, bar, result }: Row, call: Call, board: string | undefined): void {
  setText(time, timeOfDay(call.time));
  setText(what, board === undefined ? call.processId : `${board} ${call.processId}`);
  const isOk = call.outcome === "ok";
  const isOpen = call.outcome === "open";
  result.className = `result ${isOk ? "good" : isOpen ? "" : "error"}`;
  setText(result, `${call.outcome} ${duration(call.totalMs)}`);
  const parts = partsOf(call);
  const deadlineMs = call.deadlineMs ?? Math.max(deadlineMsUsual, call.totalMs);
  let fromMs = 0;
  const pieces = parts.map(({ kind, ms }) => {
    const piece = element("i", kind);
    piece.style.width = `${100 * (place(fromMs + ms, deadlineMs) - place(fromMs, deadlineMs))}%`;
    fromMs += ms;
    return piece;
  });
  bar.replaceChildren(...pieces);
  const texts = parts.map(({ name, ms }) => `${name} ${duration(ms)}`);
  bar.setAttribute("aria-label", `${texts.join(", ")}, of ${duration(deadlineMs)}`);
}

function partsOf({ outcome, totalMs, queueMs, wireMs }: Call) {
  if (outcome === "open") return [{ kind: "open", name: "open for", ms: totalMs }];
  if (outcome !== "ok" && outcome !== "refused") {
    if (queueMs === undefined) return [{ kind: "failed", name: "queued", ms: totalMs }];
    return [
      { kind: "queue", name: "queued", ms: queueMs },
      { kind: "failed", name: "without an answer", ms: totalMs - queueMs },
    ];
  }
  const [queuedMs, onWireMs] = [queueMs ?? 0, wireMs ?? 0];
  return [
    { kind: "queue", name: "queued", ms: queuedMs },
    { kind: "wire", name: "wire", ms: onWireMs },
    { kind: "mcu", name: "MCU", ms: Math.max(0, totalMs - queuedMs - onWireMs) },
  ];
}

/** Where a time stands between 0 and the deadline, from 0 to 1: by the square root, so that 10 ms of 3500 can be seen. */
function place(ms: number, deadlineMs: number): number {
  return Math.min(1, Math.sqrt(Math.max(0, ms) / deadlineMs));
}
