import type { Config } from "../config/load.ts";
import { shownName } from "../runtime/board-name.ts";
import { type Change, changedOptions, type Effect } from "./changed-options.ts";
import { boardChanges } from "./config-boards.ts";

/** What a reload does, in one line, for whoever asked for it: which options are taken, and what it costs. */
export function describeReload(before: Config, after: Config): string {
  const changed = changedOptions(before, after);
  const { added, removed } = boardChanges(before, after);
  const ofOptions = Object.entries(costs).flatMap(([cost, effectsOf]) => {
    const options = namesOf(changed.filter(({ effect }) => effectsOf.includes(effect)));
    return options.length === 0 ? [] : [cost.replace("…", options.join(", "))];
  });
  const parts = [
    ...(removed.length === 0 ? [] : [`without ${listed(removed)}`]),
    ...(added.length === 0 ? [] : [`with ${listed(added)}`]),
    ...ofOptions,
  ];
  return `reload: ${parts.length === 0 ? "nothing has changed" : parts.join("; ")}`;
}

const costs: { readonly [cost: string]: readonly Effect[] } = {
  "… taken while running": ["log_level", "board", "session_timing", "remote"],
  "the monitor's socket is opened anew, for …": ["monitor"],
  "the control socket is opened anew, for …": ["control"],
  "the metrics begin again, for …": ["metrics"],
  "other requests are subscribed, for …": ["device"],
  "the port is opened anew, for …": ["port"],
  "a new session with the hub, for …": ["session"],
};

/** Boards that come or go are told one by one up to so many. */
const boardsListedMax = 10;

/** An option is told board by board up to so many: all options of 98 boards would be longer than a line, or a response, may be. */
const boardsNamedMax = 3;

function listed(boards: readonly string[]): string {
  const more = boards.length - boardsListedMax;
  return more > 0 ? `${boards.slice(0, boardsListedMax).join(", ")} and ${more} more` : boards.join(", ");
}

function namesOf(changes: readonly Change[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { option } of changes) counts.set(option, (counts.get(option) ?? 0) + 1);
  const names = changes.map((change) => {
    const count = counts.get(change.option) ?? 0;
    return count > boardsNamedMax ? `${change.option} of ${count} boards` : nameOf(change);
  });
  return [...new Set(names)];
}

/** With several boards, such as `pump: serial.baudRate`. */
function nameOf({ option, board }: Change): string {
  const shown = board === undefined ? undefined : shownName(board);
  return shown === undefined ? option : `${shown}: ${option}`;
}
