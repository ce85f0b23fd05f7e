import type { BoardFigures, Frame } from "../frame.ts";
import { byId, element } from "./dom.ts";
import { age, duration } from "./text.ts";

/** One card for each board, and one option to choose it by. */
export function drawBoards({ boards, time }: Frame): void {
  byId("boards").replaceChildren(...boards.map((board) => card(board, Date.parse(time))));
  drawChoice(boards);
}

function card(board: BoardFigures, nowMs: number): HTMLElement {
  const { state, text, since, hello, openCount, okCount, errorCount, p50Ms, p99Ms } = board;
  const level = { serves: "good", ill: "warn", away: "error", unknown: "" }[state];
  const times = p50Ms === undefined || p99Ms === undefined ? "" : `, p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}`;
  const open = openCount === 0 ? "" : `, ${openCount} open`;
  return element(
    "li",
    state,
    element("strong", "", board.shownName ?? "the board"),
    element("p", level, `${text}, for ${age(nowMs - Date.parse(since))}`),
    element("p", "number-line", `${okCount} ok, ${errorCount} errors${open}${times}`),
    ...(hello === undefined ? [] : [element("p", "note", hello)]),
  );
}

/** The choice is touched only where the boards are others: a list that is open stays open. */
function drawChoice(boards: readonly BoardFigures[]): void {
  const select = byId("board") as HTMLSelectElement;
  const names = boards.map(({ name }) => name);
  const shown = [...select.options].map(({ value }) => value).filter((value) => value !== "");
  if (names.join("\n") === shown.join("\n")) return;
  const chosen = select.value;
  const options = boards.map(({ name, shownName }) => new Option(shownName ?? "the board", name));
  select.replaceChildren(new Option("all", ""), ...options);
  select.value = names.includes(chosen) ? chosen : "";
}
