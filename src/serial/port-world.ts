import { realpathSync } from "node:fs";
import { attempt } from "../host/attempt.ts";
import { nodeAt } from "../host/files.ts";
import { isLoginConsole } from "../host/login-console.ts";
import { isOpenHere, listHolders, type PortHolder } from "../host/port-holders.ts";
import type { FileNode } from "../host/rights.ts";
import { usbPorts } from "../host/serial-ports.ts";
import { ownUnit } from "../host/units.ts";
import { groupName, ownIdentity } from "../host/users.ts";

/** What there is to say about a port that did not open. Each look is taken only when a message needs it. */
export interface PortWorld {
  /** The serial ports that are plugged in, by their stable names where they have one. */
  otherPorts(): readonly string[];
  /** Whether the kernel's console and its login prompt are on the device that a path leads to. */
  isLoginConsole(path: string): boolean;
  /** The device that a path leads to; the path itself where that cannot be seen. */
  deviceOf(path: string): string;
  /** Who owns the device, and its permission bits; undefined if even that cannot be seen. */
  node(path: string): Pick<FileNode, "owner" | "group" | "mode"> | undefined;
  /** Who we are, and the systemd unit that we run in, if any. */
  self(): { readonly user: string; readonly groups: readonly string[]; readonly unit: string | undefined };
  /** The processes that have the device open, as far as /proc shows them to us: to root all, to others their own. */
  holders(path: string): readonly PortHolder[];
  /** Whether this process has the device open itself. */
  isOpenHere(path: string): boolean;
}

/** The world as this machine shows it. Nothing here throws: what cannot be seen is left out. */
export function createPortWorld(): PortWorld {
  return {
    otherPorts: usbPorts,
    isLoginConsole: (path) => isLoginConsole(deviceOf(path)),
    deviceOf,
    node: nodeAt,
    self,
    holders: listHolders,
    isOpenHere,
  };
}

function deviceOf(path: string): string {
  return attempt(() => realpathSync(path)) ?? path;
}

function self(): ReturnType<PortWorld["self"]> {
  const { name, gids } = ownIdentity();
  return { user: name, groups: [...new Set(gids)].map(groupName), unit: ownUnit() };
}
