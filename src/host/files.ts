import { type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { attempt } from "./attempt.ts";
import type { FileNode } from "./rights.ts";
import { groupName, userName } from "./users.ts";

export function nodeOf(path: string, { uid, gid, mode }: Stats): FileNode {
  return { path, uid, gid, owner: userName(uid), group: groupName(gid), mode: mode & 0o777 };
}

/** What a path leads to; undefined where nothing is there, or it cannot be seen. */
export function nodeAt(path: string): FileNode | undefined {
  const stats = attempt(() => statSync(path));
  return stats && nodeOf(path, stats);
}

/** A path's folders from the root down, and what it leads to; undefined where any of them cannot be seen. */
export function nodesTo(path: string): readonly FileNode[] | undefined {
  const file = resolve(path);
  const parent = dirname(file);
  const above = parent === file ? [] : nodesTo(parent);
  const stats = attempt(() => statSync(file));
  return above === undefined || stats === undefined ? undefined : [...above, nodeOf(file, stats)];
}
