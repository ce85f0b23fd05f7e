/**
 * What a reload does, as the difference of two configurations. Pure: no connection is known here, so each option can be tested.
 */
import type { Config } from "../config/load.ts";
import { changedOptions, type Effect } from "./changed-options.ts";
import { boardChanges, boardIn } from "./config-boards.ts";
import { asksForItself } from "./remote-config.ts";

/** What is to be done. */
export type Action =
  | { readonly kind: "set_log_level" }
  /** Those who watch through it have to connect again. */
  | { readonly kind: "replace_observer"; readonly name: "monitor" | "control" | "metrics" }
  /** On the open port, without a request lost. */
  | { readonly kind: "configure_board"; readonly board: string }
  /** Costs what is in flight its replies. */
  | { readonly kind: "close_port"; readonly board: string }
  /** With the board's other options, which it is given before. Opening resets many boards. */
  | { readonly kind: "open_port"; readonly board: string }
  /** Its port is opened, and its requests are subscribed. */
  | { readonly kind: "add_board"; readonly board: string }
  /** What has come for it is answered first. */
  | { readonly kind: "remove_board"; readonly board: string }
  /** Its port stays open; what has come for its device is answered first. */
  | { readonly kind: "release_device"; readonly board: string }
  /** The requests of its other device are subscribed. */
  | { readonly kind: "take_device"; readonly board: string }
  /** What has come for the gateway itself is answered first. */
  | { readonly kind: "release_gateway" }
  /** Requests to the gateway itself are subscribed. */
  | { readonly kind: "take_gateway" }
  /** On the session that is up. */
  | { readonly kind: "adjust_session" }
  /** What has come is answered first; for some seconds no request can come. */
  | { readonly kind: "replace_session" };

/** In an order in which one after the other would be right. */
export function reloadActions(before: Config, after: Config): readonly Action[] {
  const changed = changedOptions(before, after);
  const has = (effect: Effect, board?: string) => changed.some((one) => one.effect === effect && one.board === board);
  const { added, removed, kept } = boardChanges(before, after);
  const actions: Action[] = [];
  if (has("log_level")) actions.push({ kind: "set_log_level" });
  if (has("monitor")) actions.push({ kind: "replace_observer", name: "monitor" });
  if (has("control")) actions.push({ kind: "replace_observer", name: "control" });
  if (has("metrics")) actions.push({ kind: "replace_observer", name: "metrics" });
  // First what goes: another board may take its port or its device.
  for (const board of removed) actions.push({ kind: "remove_board", board });
  for (const board of kept) if (has("device", board)) actions.push({ kind: "release_device", board });
  if (asksForItself(before) && !asksForItself(after)) actions.push({ kind: "release_gateway" });
  for (const board of kept) if (has("port", board)) actions.push({ kind: "close_port", board });
  for (const board of kept) {
    if (has("port", board)) actions.push({ kind: "open_port", board });
    else if (has("board", board)) actions.push({ kind: "configure_board", board });
  }
  if (has("session")) actions.push({ kind: "replace_session" });
  else if (has("session_timing")) actions.push({ kind: "adjust_session" });
  // Last what comes: a session that ends would be asked for it in vain, and perhaps under another identity.
  for (const board of kept) if (has("device", board)) actions.push({ kind: "take_device", board });
  for (const board of added) actions.push({ kind: "add_board", board });
  if (!asksForItself(before) && asksForItself(after)) actions.push({ kind: "take_gateway" });
  return actions;
}

/** Each action begins as soon as those are done that it waits for. */
export async function performReload(
  before: Config,
  after: Config,
  perform: (action: Action) => Promise<void>,
): Promise<void> {
  const begun: { readonly action: Action; readonly done: Promise<void> }[] = [];
  for (const action of reloadActions(before, after)) {
    const first = begun.filter((earlier) => waitsFor(action, earlier.action, before, after));
    begun.push({ action, done: Promise.all(first.map(({ done }) => done)).then(() => perform(action)) });
  }
  await Promise.all(begun.map(({ done }) => done));
}

/**
 * Whether an action has to wait for one that stands before it. All others go on side by side, so that a board that is slow to end holds
 * up nobody else.
 */
export function waitsFor(later: Action, earlier: Action, before: Config, after: Config): boolean {
  if ("board" in later && "board" in earlier && later.board === earlier.board) return true;
  // What goes is answered on the session that it came on; what comes belongs to the next one.
  if (later.kind === "replace_session") return leaves.includes(earlier.kind);
  if (earlier.kind === "replace_session") return comes.includes(later.kind);
  const freed = freedBy(earlier, before);
  return takenBy(later, after).some((one) => freed.includes(one));
}

const leaves: readonly Action["kind"][] = ["remove_board", "release_device", "release_gateway"];
const comes: readonly Action["kind"][] = ["add_board", "take_device", "take_gateway"];

/** Ports and devices that an action lets go of. */
function freedBy(action: Action, before: Config): readonly string[] {
  switch (action.kind) {
    case "remove_board":
      return [portOf(before, action.board), deviceOf(before, action.board)];
    case "close_port":
      return [portOf(before, action.board)];
    case "release_device":
      return [deviceOf(before, action.board)];
    case "release_gateway":
      return [gatewayDevice];
    default:
      return [];
  }
}

/** Ports and devices that an action takes. */
function takenBy(action: Action, after: Config): readonly string[] {
  switch (action.kind) {
    case "add_board":
      return [portOf(after, action.board), deviceOf(after, action.board)];
    case "open_port":
      return [portOf(after, action.board)];
    case "take_device":
      return [deviceOf(after, action.board)];
    case "take_gateway":
      return [gatewayDevice];
    default:
      return [];
  }
}

function portOf(config: Config, name: string): string {
  return `port ${boardIn(config, name).serial.path}`;
}

const gatewayDevice = "the gateway";

function deviceOf(config: Config, name: string): string {
  const { device } = boardIn(config, name);
  return device.kind === "gateway" ? gatewayDevice : `device ${device.productId}/${device.deviceName}`;
}
