import type { Config } from "../config/load.ts";
import { shownName } from "../runtime/board-name.ts";
import { type Change, changedOptions, type Effect } from "./changed-options.ts";
import { boardChanges } from "./config-boards.ts";

/** What a reload does, in one line, for whoever asked for it: which options are taken, and what it costs. */
export function describeReload(before: Config, after: Config): string {
  const changed = changedOptions(before, after);
  const { added, removed } = boardChanges(before, after);
  const ofOptions = Object.entries(costs).flatMap(([cost, effectsOf]) => {
    const options = changed.filter(({ effect }) => effectsOf.includes(effect)).map(nameOf);
    return options.length === 0 ? [] : [cost.replace("…", options.join(", "))];
  });
  const parts = [
    ...(removed.length === 0 ? [] : [`without ${removed.join(", ")}`]),
    ...(added.length === 0 ? [] : [`with ${added.join(", ")}`]),
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

/** With several boards, such as `pump: serial.baudRate`. */
function nameOf({ option, board }: Change): string {
  const shown = board === undefined ? undefined : shownName(board);
  return shown === undefined ? option : `${shown}: ${option}`;
}
