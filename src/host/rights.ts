/** Who may do what with a file, by its owner, group and mode alone. Access control lists are not read. */

/** A user with the groups that its processes have. */
export interface UserIdentity {
  readonly name: string;
  /** Undefined for a user that exists only while its service runs (DynamicUser=). */
  readonly uid: number | undefined;
  readonly gids: readonly number[];
  /** Where this user comes from, for people: "User= of rrpc-gateway.service". */
  readonly source: string;
  /** The unit that gives a process this identity, if one does. */
  readonly unit: string | undefined;
}

/** What stat(2) says of a file, with names for its ids. `mode` holds the permission bits. */
export interface FileNode {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly owner: string;
  readonly group: string;
  readonly mode: number;
}

/** The bits of one of a mode's three digits. */
export const rights = { read: 4, readWrite: 6, enter: 1 } as const;

export function may({ uid, gids }: UserIdentity, right: number, node: FileNode): boolean {
  if (uid === 0) return true;
  const digit = uid === node.uid ? node.mode >> 6 : gids.includes(node.gid) ? node.mode >> 3 : node.mode;
  return (digit & right) === right;
}

/** `root:dialout, mode 0660`. */
export function describeNode({ owner, group, mode }: FileNode): string {
  return `${owner}:${group}, mode ${mode.toString(8).padStart(4, "0")}`;
}
